import { attempt, isPromiseLike } from "../awaitable.ts";
import type { Sight } from "../changes.ts";
import { run, wait, type Flow } from "../flow.ts";
import { checkAccess, isRoot, READ } from "../identity.ts";
import type { Mount } from "../mount.ts";
import { addPrefix, type VPath } from "../path.ts";
import type { ProviderWatch, WatchReport } from "../provider.ts";
import type { Scope } from "../scope.ts";
import { Tracker } from "./tracker.ts";

/** How a mount is watched. */
export interface PartOptions extends Sight {
  readonly intervalMs: number | undefined;
  readonly persistent: boolean;
}

const USUAL_INTERVAL_MS = 1000;

/** The part of a watch that one mount has. */
export class Part {
  readonly mount: Mount;
  readonly sight: Sight;
  #watch: ProviderWatch | undefined;
  #tracker: Tracker | undefined;
  #stopped = false;

  constructor(mount: Mount, sight: Sight) {
    this.mount = mount;
    this.sight = sight;
  }

  /**
   * Begins. The store's own word is taken only where no layer may hide a part of it, and for a caller who may read all
   * of it; else it tells where to look, and what is told is what the caller can see there.
   *
   * @param scope On paths without links.
   * @param report Is told of paths from the root of everything.
   */
  *begin(scope: Scope, options: PartOptions, report: WatchReport): Flow<void> {
    const { mount } = this;
    const { base, recursive, persistent, intervalMs } = options;
    const { watch } = mount.caps;
    const isSomebody = !isRoot(scope.ctx.identity);
    if (isSomebody) yield* checkReadable(scope, base);
    const direct = watch === "changes" && !isSomebody && !scope.door.layersDecideBelow(base);
    if (!direct) {
      const everyMs = watch === "none" ? (intervalMs ?? USUAL_INTERVAL_MS) : undefined;
      this.#tracker = new Tracker(scope, mount, { base, recursive, persistent, intervalMs: everyMs }, report);
    }
    const target = fromMount(mount, this.#tracker ?? report);
    const args = { recursive, persistent, intervalMs, report: target };
    const opened = yield* wait(scope.send("watch", base, args));
    // Whoever ended it while it began is not told.
    if (this.#stopped) return opened.close();
    this.#watch = opened;
    if (this.#tracker === undefined) return;
    try {
      yield* this.#tracker.begin();
    } catch (reason) {
      this.stop();
      throw reason;
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#tracker?.stop();
    this.#watch?.close();
    this.#watch = undefined;
  }

  /** Begins when nobody waits for that. */
  beginLater(
    scope: Scope,
    options: PartOptions,
    report: WatchReport,
    failed: (reason: unknown) => void,
  ): void {
    const begun = attempt(() => run(this.begin(scope, options, report)), failed);
    if (isPromiseLike(begun)) begun.then(undefined, failed);
  }
}

/** Who may not read a file or a directory may not watch it either, as in inotify_add_watch(2). */
function* checkReadable(scope: Scope, path: VPath): Flow<void> {
  const { type, mode = 0o755, uid = 0, gid = 0 } = yield* wait(scope.send("stat", path, {}));
  checkAccess(scope.ctx.identity, { mode, uid, gid }, READ, type);
}

/** Takes what a store tells in its own paths. */
function fromMount(mount: Mount, report: WatchReport): WatchReport {
  return {
    lost: () => report.lost(),
    failed: (reason) => report.failed(reason),
    changes: (changes) =>
      report.changes(
        changes.map((change) => ({
          ...change,
          path: addPrefix(change.path, mount.path),
          oldPath: change.oldPath === undefined ? undefined : addPrefix(change.oldPath, mount.path),
        })),
      ),
  };
}
