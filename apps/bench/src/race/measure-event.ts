import type { Event } from "./events.ts";
import type { Clock, Files, Peer } from "./files.ts";

/** What one measurement found. */
export interface Result {
  /** Units a second; undefined when the peer has nothing like it. */
  readonly rate: number | undefined;
  /** The time was over before the work was. */
  readonly cut: boolean;
  /** Why it failed, if it did. */
  readonly error?: string;
}

// Long enough that the clock's steps and a single collection of garbage do not decide.
const LEAST_MS = 40;
const MOST_MS = 700;
const MOST_REPEATS = 12;
// What runs once is interpreted: the engine compiles what it has seen often, some of it late.
const WARM_MS = 100;
const WARM_REPEATS = 5;

/** Does an event on fresh stores until there is enough to tell, and answers the rate. */
export async function measureEvent(
  event: Event,
  peer: Peer,
  freshFolder: () => string,
  removeFolder: (folder: string) => void,
  isWarm: boolean,
): Promise<Result> {
  if (event.promisesOnly === true && !peer.promises) return { rate: undefined, cut: false };
  let [units, ms, cut] = [0, 0, false];
  let warmMs = 0;
  // The first passes are for the engine to learn the code, and are not counted.
  for (let repeat = isWarm ? 0 : -WARM_REPEATS; repeat < MOST_REPEATS && ms < LEAST_MS && !cut; repeat++) {
    const folder = freshFolder();
    const files = await peer.make(folder);
    try {
      if (!event.fits(files)) return { rate: undefined, cut: false };
      const prepared = await event.prepare(files);
      globalThis.gc?.({ type: "minor" });
      const done = await timed(event, peer.promises, files, prepared);
      await event.finish?.(prepared);
      if (repeat < 0 && !done.cut) {
        warmMs += done.ms;
        if (warmMs >= WARM_MS) repeat = -1;
        continue;
      }
      units += done.units;
      ms += done.ms;
      ({ cut } = done);
    } catch (reason) {
      const error = reason instanceof Error ? reason.message : "failed";
      return { rate: undefined, cut: false, error };
    } finally {
      await files.close();
      removeFolder(folder);
    }
  }
  return { rate: (units / ms) * 1000, cut };
}

interface Done {
  readonly units: number;
  readonly ms: number;
  readonly cut: boolean;
}

async function timed(event: Event, promises: boolean, files: Files, prepared: unknown): Promise<Done> {
  const began = performance.now();
  const clock: Clock = { over: () => performance.now() - began > MOST_MS };
  const units = promises
    ? await runAwaited(event, files, clock, prepared)
    : runNow(event, files, clock, prepared);
  const ms = performance.now() - began;
  return { units, ms, cut: clock.over() };
}

async function runAwaited(event: Event, files: Files, clock: Clock, prepared: unknown): Promise<number> {
  const { steps, atOnce = 1, weight } = event;
  if (atOnce === 1) {
    let units = 0;
    for (let i = 0; i < steps; i++) {
      const done = await event.step(files, i, clock, prepared);
      units += weight === 0 ? (done as number) : weight;
      if ((weight > 1 || i % 32 === 31) && clock.over()) break;
    }
    return units;
  }
  for (let i = 0; i < steps; i += atOnce) {
    const batch: unknown[] = [];
    for (let k = i; k < i + atOnce; k++) batch.push(event.step(files, k, clock, prepared));
    await Promise.all(batch);
    if (clock.over()) return i + atOnce;
  }
  return steps * weight;
}

function runNow(event: Event, files: Files, clock: Clock, prepared: unknown): number {
  const { steps, weight } = event;
  let units = 0;
  for (let i = 0; i < steps; i++) {
    const done = event.step(files, i, clock, prepared);
    units += weight === 0 ? (done as number) : weight;
    if ((weight > 1 || i % 32 === 31) && clock.over()) break;
  }
  return units;
}
