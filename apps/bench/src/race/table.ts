import type { Row } from "../row.ts";
import { EVENTS } from "./events.ts";
import type { Rate, Standing } from "./race.ts";

/** All rates of a race as a table in Markdown: a line a peer, a column an event. */
export function raceTable(standings: readonly Standing[]): string {
  const events = EVENTS.filter(({ name }) => standings.some(({ rates }) => rates.has(name)));
  const head = ["", ...events.map(({ name }) => name), "shares memory"];
  const units = ["units a second", ...events.map(({ unit }) => unit), ""];
  const lines = standings.map(({ name, shares, rates }) => [
    name,
    ...events.map((event) => shown(rates.get(event.name))),
    shares,
  ]);
  return [head, head.map((_, i) => (i === 0 ? "---" : "---:")), units, ...lines]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/** What `ours` is to reach at an event. */
export interface Aim {
  readonly event: string;
  /** How many times the rate of the other. */
  readonly times: number;
}

/**
 * One row an aim: our rate over the best rate of the others.
 *
 * @param least What holds for others that share their memory with the caller: being ahead of us by not copying.
 */
export function ratios(
  standings: readonly Standing[],
  ours: string,
  others: readonly string[],
  aims: readonly Aim[],
  least?: number,
): Row[] {
  const find = (name: string): Standing | undefined => standings.find((standing) => standing.name === name);
  const our = find(ours);
  return aims.flatMap(({ event, times }) => {
    const rate = our?.rates.get(event)?.rate;
    const field = others
      .map(find)
      .filter((standing) => standing !== undefined)
      .map(({ name, shares, rates }) => ({ name, shares: shares !== "", rate: rates.get(event)?.rate ?? 0 }))
      .filter((other) => other.rate > 0);
    if (rate === undefined || field.length === 0) return [];
    const copying = field.filter(({ shares }) => least === undefined || !shares);
    const sharing = field.filter(({ shares }) => least !== undefined && shares);
    return [
      ...against(ours, event, rate, copying, times),
      ...against(ours, event, rate, sharing, least ?? times),
    ];
  });
}

interface Other {
  readonly name: string;
  readonly rate: number;
}

function against(ours: string, event: string, rate: number, others: readonly Other[], times: number): Row[] {
  const [best] = [...others].sort((a, b) => b.rate - a.rate);
  if (best === undefined) return [];
  const ratio = rate / best.rate;
  return [
    {
      what: `${ours}, ${event}: ${short(rate)}, ${best.name} ${short(best.rate)}`,
      figure: `${ratio.toFixed(2)} x`,
      target: `at least ${times} x`,
      reached: ratio >= times,
    },
  ];
}

function shown(rate: Rate | undefined): string {
  if (rate?.error !== undefined) return "fails";
  return rate?.rate === undefined ? "" : `${short(rate.rate)}${rate.cut ? "*" : ""}`;
}

/** `1.23 M`, `560 k`, `91`. */
function short(rate: number): string {
  if (rate >= 1e6) return `${(rate / 1e6).toPrecision(3)} M`;
  if (rate >= 1e4) return `${Math.round(rate / 1e3)} k`;
  if (rate >= 1e3) return `${(rate / 1e3).toPrecision(2)} k`;
  return rate.toPrecision(2);
}
