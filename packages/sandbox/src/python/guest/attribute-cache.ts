import type { WireStat } from "../../protocol.ts";
import { counter } from "./channel.ts";
import { generation } from "./clock.ts";

// What changes behind the host's back, in a folder that others write to, is seen after this long.
export const TRUST_MS = 1000;
// A guest that looks at a million files does not remember them all.
const MOST_PATHS = 100_000;

interface Known {
  /** `null`: there is nothing. */
  readonly stat: WireStat | null;
  readonly untilMs: number;
}

/**
 * What the guest remembers of the files, so that looking again needs no call. It holds as long as the host's counter
 * of changes stands still; the guest's own changes move it on by one, and are taken out one by one.
 */
export class AttributeCache {
  /** Another number whenever something has changed that was no change of the guest's own. */
  epoch = 0;
  #generation = -1;
  #known = new Map<string, Known>();
  /** Under which paths a file is remembered: a write to it makes all of them stale. */
  #paths = new Map<number, Set<string>>();

  /** What is known of a path; undefined when that must be asked. To be called before asking. */
  get(path: string): WireStat | null | undefined {
    this.follow();
    const known = this.#known.get(path);
    if (known === undefined || known.untilMs < performance.now()) return undefined;
    return known.stat;
  }

  /** Notes what the host has answered to a question that came after the last `get` or `follow`. */
  put(path: string, stat: WireStat | null): void {
    if (this.#known.size >= MOST_PATHS) this.#clear();
    this.#forget(path);
    this.#known.set(path, { stat, untilMs: performance.now() + TRUST_MS });
    if (stat === null) return;
    const paths = this.#paths.get(inoOf(stat));
    if (paths === undefined) this.#paths.set(inoOf(stat), new Set([path]));
    else paths.add(path);
  }

  /**
   * Takes out what a change of the guest's own, just made, has made stale: the paths, and the directories they are in.
   *
   * @returns Where the counter stands after that change and no other, so that what the host told with it is still true;
   * -1 when there were others.
   */
  changed(...paths: readonly string[]): number {
    for (const path of paths) {
      const { stat } = this.#known.get(path) ?? {};
      // Its other names are names of the same file.
      if (stat !== null && stat !== undefined && inoOf(stat) !== 0) this.#forgetFile(inoOf(stat));
      this.#forget(path);
      this.#forget(path.slice(0, Math.max(path.indexOf("/") + 1, path.lastIndexOf("/"))));
    }
    return this.#adopt();
  }

  /** As {@link changed}, with everything below: for directories, since all that is known is looked through. */
  changedTree(...paths: readonly string[]): void {
    for (const path of paths)
      for (const known of this.#known.keys()) if (known.startsWith(`${path}/`)) this.#forget(known);
    this.changed(...paths);
  }

  /** Takes out a file that the guest has just written by a handle, whatever it is called by now. */
  changedFile(stat: WireStat): void {
    const ino = inoOf(stat);
    // Without numbers nothing tells which path the file has.
    if (ino === 0) this.#clear();
    else this.#forgetFile(ino);
    this.#adopt();
  }

  #forget(path: string): void {
    const { stat } = this.#known.get(path) ?? {};
    this.#known.delete(path);
    if (stat === null || stat === undefined) return;
    const paths = this.#paths.get(inoOf(stat));
    paths?.delete(path);
    if (paths?.size === 0) this.#paths.delete(inoOf(stat));
  }

  #forgetFile(ino: number): void {
    for (const path of this.#paths.get(ino) ?? []) this.#known.delete(path);
    this.#paths.delete(ino);
  }

  /** Forgets everything if the host's counter has moved. Answers where it stands. */
  follow(): number {
    const now = generation();
    if (now !== this.#generation) {
      this.#generation = now;
      this.#clear();
    }
    return now;
  }

  /** The counter has moved by the guest's own change: that is no reason to forget the rest. */
  #adopt(): number {
    if (counter.before === this.#generation && counter.after <= counter.before + 1) {
      this.#generation = counter.after;
      return counter.after;
    }
    this.follow();
    return -1;
  }

  #clear(): void {
    this.epoch++;
    this.#known = new Map();
    this.#paths = new Map();
  }
}

function inoOf(stat: WireStat): number {
  return stat[6];
}
