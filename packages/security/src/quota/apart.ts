import { wait, type AnyCall, type Flow } from "@vfs/core";
import type { Books } from "./books.ts";
import { HOPELESS, look, type Seen } from "./looks.ts";
import type { Place } from "./places.ts";

/** What a call finds, where nobody else changes it until it is released. */
export interface Apart {
  readonly seen: Seen | typeof HOPELESS;
  readonly release: () => void;
}

/**
 * Keeps everybody else away from what a call works on, each name and each file whatever its names, and looks at it. The
 * names are taken first: what is answered to a look may be older than what somebody has done who was still there.
 */
export function* apart(books: Books, call: AnyCall, place: Place): Flow<Apart> {
  const { locks, next } = books;
  const { sync } = call.ctx;
  const names = namesOf(books, call, place);
  while (!locks.take(names)) yield* wait(locks.changed(sync));
  try {
    for (;;) {
      const before = locks.releases;
      const seen = yield* look(call, next);
      if (seen === HOPELESS) return { seen, release: () => locks.release(names) };
      const files = filesOf(place, seen).filter((key) => !names.includes(key));
      if (!locks.take(files)) {
        yield* wait(locks.changed(sync));
      } else if (locks.releases === before || !mayBeShared(books, seen)) {
        return { seen, release: () => locks.release([...names, ...files]) };
      } else {
        // Whoever has let go since may have had the file under another name.
        locks.release(files);
      }
    }
  } catch (reason) {
    locks.release(names);
    throw reason;
  }
}

/** What is known to be worked on before anything is looked at. */
function namesOf({ places, opens }: Books, { path, to, file }: AnyCall, place: Place): string[] {
  const ino = opens.of(file)?.ino;
  const names = [ino === undefined ? places.keyOf(path) : inodeKey(place, ino)];
  if (to !== undefined && to !== path) names.push(places.keyOf(to));
  return names;
}

function filesOf(place: Place, { at, from }: Seen): string[] {
  if (!place.caps.inodes) return [];
  const keys = new Set<string>();
  for (const stat of [at, from]) if (stat?.ino !== undefined) keys.add(inodeKey(place, stat.ino));
  return [...keys];
}

function inodeKey({ id }: Place, ino: number): string {
  return `${id}#${ino}`;
}

/** Whether a file may be changed otherwise than under the name that was looked at. */
function mayBeShared({ opens }: Books, { at, from }: Seen): boolean {
  return opens.some || [at, from].some((stat) => stat?.type === "file" && (stat.nlink ?? 1) > 1);
}
