import type { Flow } from "../flow.ts";
import type { VPath } from "../path.ts";
import type { Scope } from "../scope.ts";

/**
 * Does something that takes many calls, and keeps the mounts of `paths` from being taken away meanwhile.
 *
 * @param action Is given what it must call between two steps: that fails when a mount was taken away by force.
 */
export function* during<T>(
  { door }: Scope,
  paths: readonly VPath[],
  action: (check: () => void) => Flow<T>,
): Flow<T> {
  const works = paths.map((path) => door.table.find(path).traffic.begin());
  try {
    return yield* action(() => {
      for (const work of works) work.check();
    });
  } finally {
    for (const work of works) work.end();
  }
}
