import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { median } from "../measure.ts";
import type { Answer, Question } from "./child.ts";
import { EVENTS } from "./events.ts";
import type { Result } from "./measure-event.ts";

/** The rates of one peer, in units a second, by event. */
export interface Standing {
  readonly name: string;
  /** `write+read`, or empty: where the peer shares its memory with the caller. */
  readonly shares: string;
  readonly rates: ReadonlyMap<string, Rate>;
}

export interface Rate {
  /** The median; undefined when the peer has nothing like it, or failed. */
  readonly rate: number | undefined;
  /** Ended by the clock at least once. */
  readonly cut: boolean;
  readonly error?: string | undefined;
}

const ROUNDS = 5;

/**
 * Races peers, each in a process of its own: in each round they take turns at the same event, so that what else the
 * machine does falls on all of them. The figure is the median of the rounds.
 */
export async function race(
  names: readonly string[],
  folder: string,
  events: readonly string[] = all(),
): Promise<Standing[]> {
  const children = names.map((name) => start(name, folder));
  try {
    const found = names.map(() => new Map<string, Rate>());
    for (const event of events) {
      process.stderr.write(`  ${event} ...\n`);
      const results: Result[][] = names.map(() => []);
      for (let round = 0; round < ROUNDS; round++)
        for (const [i, child] of children.entries()) {
          const sofar = results[i] ?? [];
          if (isSettled(sofar)) continue;
          sofar.push((await ask(child, { event })) as Result);
        }
      for (const [i, rates] of found.entries()) rates.set(event, summary(results[i] ?? []));
    }
    const standings: Standing[] = [];
    for (const [i, child] of children.entries()) {
      const { shares } = (await ask(child, { shares: true })) as { shares: string };
      standings.push({ name: names[i] ?? "", shares, rates: found[i] ?? new Map() });
    }
    return standings;
  } finally {
    for (const child of children) child.kill();
  }
}

function all(): string[] {
  return EVENTS.map(({ name }) => name);
}

function start(name: string, folder: string): ChildProcess {
  const child = fileURLToPath(new URL("child.js", import.meta.url));
  return fork(child, [name, folder], {
    execArgv: ["--expose-gc", "--experimental-vfs", "--disable-warning=ExperimentalWarning"],
    serialization: "advanced",
    // What is freed stays with the process: see `touchMemory`.
    env: { ...process.env, MALLOC_TRIM_THRESHOLD_: "1000000000" },
  });
}

async function ask(child: ChildProcess, question: Question): Promise<Answer> {
  const waiting = new AbortController();
  const { signal } = waiting;
  child.send(question);
  const ended = once(child, "exit", { signal }).then(([code]) => {
    throw new Error(`a peer's process ended with ${code}`);
  });
  ended.catch(() => undefined);
  try {
    const [answer] = (await Promise.race([once(child, "message", { signal }), ended])) as [Answer];
    return answer;
  } finally {
    waiting.abort();
  }
}

/** What failed or does not exist is not asked for again; what the clock ended does not get better by more rounds. */
function isSettled(results: readonly Result[]): boolean {
  return results.some(({ rate }) => rate === undefined) || results.filter(({ cut }) => cut).length >= 3;
}

function summary(results: readonly Result[]): Rate {
  const rates = results.map(({ rate }) => rate).filter((rate) => rate !== undefined);
  const error = results.find((result) => result.error !== undefined)?.error;
  const cut = results.some((result) => result.cut);
  return {
    rate: rates.length < results.length || rates.length === 0 ? undefined : median(rates),
    cut,
    error,
  };
}
