import { measure } from "mitata";

const OPTIONS = { min_cpu_time: 400e6, min_samples: 30 };

/** The median time of one call, in nanoseconds. */
async function medianNs(action: () => unknown): Promise<number> {
  return (await measure(action, OPTIONS)).p50;
}

/**
 * The median times of several actions, taken in turns, so that what else the machine does falls on all of them.
 *
 * @returns Nanoseconds, in the order of `actions`.
 */
export async function sideBySide(...actions: (() => unknown)[]): Promise<number[]> {
  const rounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = [];
    for (const action of actions) times.push(await medianNs(action));
    rounds.push(times);
  }
  return actions.map((_, i) => median(rounds.map((times) => times[i] ?? Number.NaN)));
}

const ROUNDS = 5;

/** The middle of the values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The median times of several long actions, done once a round in turns: milliseconds, in the order of `actions`. */
export async function inTurns(rounds: number, ...actions: (() => Promise<unknown>)[]): Promise<number[]> {
  const taken: number[][] = actions.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, action] of actions.entries()) {
      const began = performance.now();
      await action();
      taken[i]?.push(performance.now() - began);
    }
  return taken.map(median);
}

/** Times something that is done once each time, in milliseconds: the median of `times`. */
export async function medianMs(times: number, action: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    await action();
    taken.push(performance.now() - began);
  }
  return median(taken);
}
