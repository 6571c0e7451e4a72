import { wait, type AnyCall, type Call, type Flow, type OpenFile, type Stat, type VPath } from "@vfs/core";
import { HOPELESS, isSame, look, statAt, statOpen, type Seen } from "./looks.ts";
import type { Held, OpenFiles } from "./open-files.ts";
import { ownContext, type Amount, type Place, type Places } from "./places.ts";
import { contentBytes, survey, type Found, type Survey } from "./survey.ts";

/** Counts what becomes of a place whose store does not tell how full it is. */
export class Counted {
  readonly #places: Places;
  readonly #opens: OpenFiles;

  constructor(places: Places, opens: OpenFiles) {
    this.#places = places;
    this.#opens = opens;
  }

  /**
   * After a call on one file or name is done. What cannot be looked at makes the place be measured anew.
   */
  *settle(call: AnyCall, place: Place, seen: Seen, result: unknown): Flow<void> {
    if (place.told) return;
    try {
      if (call.file === undefined) yield* this.#settlePath(call, place, seen, result);
      else yield* this.#settleFile(call, place, seen);
    } catch {
      place.measured = false;
    }
  }

  /** After a call has failed: it may have been done all the same, or in part. */
  *recount(call: AnyCall, place: Place, seen: Seen): Flow<void> {
    if (place.told) return;
    // One name more is no file more.
    if (call.op === "link") return;
    if (call.op === "file.close" && call.file !== undefined)
      return yield* this.#closed(call, place, seen, true);
    const now = yield* this.#lookAgain(call);
    if (now === undefined) place.measured = false;
    else if (call.op === "rename") this.#moved(call, place, seen, now);
    else if (call.file !== undefined) this.#grown(call.file, place, seen.at, now.at);
    else this.#replaced(place, call.to ?? call.path, seen.at, now.at);
  }

  /** After a rename has failed. */
  #moved({ path, to }: AnyCall, place: Place, { at, from, held }: Seen, now: Seen): void {
    const moved = from !== undefined && now.from === undefined;
    // Core puts it together from several steps where the store does not do it at once.
    if (place.caps.rename !== "tree" || !place.caps.inodes) place.measured = false;
    else if (moved && at !== undefined && path !== to && !isSame(at, from)) this.#given(place, at, held);
  }

  /** After a tree was removed. */
  removed(place: Place, path: VPath, { found }: Survey, top: Stat): void {
    if (place.told) return;
    this.#gone(place, path, top);
    for (const one of found) this.#goneWhole(place, one);
  }

  /** Adds what a tree has that has come. */
  *added(place: Place, path: VPath, sync: boolean): Flow<void> {
    if (place.told) return;
    const { bytes, files } = yield* survey(this.#places.ground(place, sync), path);
    this.#add(place, { bytes, files: files + 1 });
  }

  *#lookAgain(call: AnyCall): Flow<Seen | undefined> {
    try {
      const ctx = { ...call.ctx, signal: undefined };
      const seen = yield* look(call.with({ ctx }), this.#places.next);
      return seen === HOPELESS ? undefined : seen;
    } catch {
      return undefined;
    }
  }

  *#settlePath(call: AnyCall, place: Place, { at, from, held }: Seen, result: unknown): Flow<void> {
    const { path, to = path } = call;
    const { next } = this.#places;
    switch (call.op) {
      case "write":
      case "writeStream":
        return this.#replaced(place, path, at, result as Stat);
      case "open": {
        const file = result as OpenFile;
        const now = yield* wait(statOpen(call, next, file));
        this.#replaced(place, path, at, now);
        return this.#opens.opened(file, place, now, call);
      }
      case "remove":
        return this.#replaced(place, path, at, undefined);
      case "rename":
        if (at !== undefined && path !== to && !isSame(at, from)) this.#given(place, at, held);
        return;
      case "link":
        return;
      default:
        return this.#replaced(place, to, at, yield* wait(statAt(call, next, to, followsTo(call))));
    }
  }

  *#settleFile(call: AnyCall, place: Place, seen: Seen): Flow<void> {
    if (call.op === "file.close") return yield* this.#closed(call, place, seen, false);
    if (call.file === undefined) return;
    this.#grown(call.file, place, seen.at, yield* wait(statOpen(call, this.#places.next)));
  }

  /** A handle is gone, and with the last one a file that has no name. */
  *#closed(call: Call, place: Place, { at }: Seen, failed: boolean): Flow<void> {
    const { file } = call;
    if (file === undefined) return;
    const held = this.#opens.of(file);
    const last = this.#opens.closed(file);
    if (last?.orphanBytes !== undefined) {
      place.orphanBytes -= last.orphanBytes;
      this.#add(place, { bytes: -last.orphanBytes, files: 0 });
    }
    // What core kept for the file and could not write back is lost.
    if (!failed || place.caps.open || held?.orphanBytes !== undefined) return;
    const root = { ...ownContext(call.ctx.sync) };
    const now = yield* wait(statAt(call.with({ ctx: root }), this.#places.next, call.path, true));
    this.#replaced(place, call.path, at, now);
  }

  /** An open file has another size. */
  #grown(file: OpenFile, place: Place, before: Stat | undefined, now: Stat | undefined): void {
    if (before === undefined || now === undefined) return;
    const bytes = contentBytes(now) - contentBytes(before);
    const held = this.#opens.of(file);
    if (held?.orphanBytes !== undefined) {
      held.orphanBytes += bytes;
      place.orphanBytes += bytes;
    }
    this.#add(place, { bytes, files: 0 });
  }

  /** A name stands for something else than before, or for the same with another size. */
  #replaced(place: Place, path: VPath, before: Stat | undefined, now: Stat | undefined): void {
    const one = before !== undefined && now !== undefined && (before.ino === now.ino || !place.caps.inodes);
    if (one) return this.#add(place, { bytes: contentBytes(now) - contentBytes(before), files: 0 });
    if (now !== undefined) this.#add(place, { bytes: contentBytes(now), files: 1 });
    if (before !== undefined) this.#gone(place, path, before);
  }

  /** A name is gone, and what it stood for unless that has another name. */
  #gone(place: Place, path: VPath, stat: Stat): void {
    this.#given(place, stat, this.#opens.find(place, stat, path));
  }

  /** The same for a file that is open, or is not. */
  #given(place: Place, stat: Stat, held: Held | undefined): void {
    if (stat.type !== "directory" && (stat.nlink ?? 1) > 1) return;
    const bytes = contentBytes(stat);
    if (held !== undefined) {
      held.orphanBytes = bytes;
      place.orphanBytes += bytes;
    }
    this.#add(place, { bytes: held === undefined ? -bytes : 0, files: -1 });
  }

  #goneWhole(place: Place, { path, stat, names }: Found): void {
    if (stat.type !== "directory" && (stat.nlink ?? 1) > names) return;
    this.#gone(place, path, { ...stat, nlink: 1 });
  }

  #add(place: Place, { bytes, files }: Amount): void {
    place.bytes += bytes;
    place.files += files;
  }
}

function followsTo(call: AnyCall): boolean {
  if (call.op === "copy") return call.args.ifNoneMatch === undefined;
  return call.op === "append" || call.op === "truncate";
}
