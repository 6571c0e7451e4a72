import {
  isWithin,
  joinPath,
  type ProviderWatch,
  type StoreChange,
  type VPath,
  type WatchReport,
} from "@vfs/core";
import type { Inode } from "./inode.ts";
import type { Names } from "./names.ts";

/** An open file, whose name is followed. */
export interface Named {
  path: VPath;
}

/** What happens in the store, for who watches it here or in another tab. */
export class Feed {
  readonly #reports = new Set<WatchReport>();
  /** Told with the step that is being gathered. */
  #gathered: StoreChange[] = [];
  /** Others may listen. */
  othersListen = false;
  readonly files: Set<Named> = new Set();

  /** Somebody listens. */
  get active(): boolean {
    return this.othersListen || this.#reports.size > 0;
  }

  get isWatched(): boolean {
    return this.#reports.size > 0;
  }

  watch(report: WatchReport): ProviderWatch {
    this.#reports.add(report);
    return { close: () => void this.#reports.delete(report) };
  }

  /** To be called for each change, when somebody listens; it is told when the change is in the store. */
  tell(change: StoreChange): void {
    if (this.active) this.#gathered.push(change);
  }

  /** What was gathered since the last time. */
  take(): readonly StoreChange[] {
    const taken = this.#gathered;
    if (taken.length > 0) this.#gathered = [];
    return taken;
  }

  /** Tells what is in the store by now. */
  report(changes: readonly StoreChange[]): void {
    if (changes.length > 0) for (const report of this.#reports) report.changes(changes);
  }

  /** Something happened, and it is not known what. */
  lost(): void {
    for (const report of this.#reports) report.lost();
  }

  failed(reason: unknown): void {
    for (const report of this.#reports) report.failed(reason);
  }

  /** A name was moved, with everything below it. */
  moved(from: VPath, to: VPath): void {
    for (const file of this.files)
      if (isWithin(file.path, from))
        file.path = file.path === from ? to : joinPath(to, file.path.slice(from.length + 1));
  }
}

/** Everything in a directory that is going away, a directory after what is in it. */
export function removed(path: VPath, { type, names }: Inode): StoreChange[] {
  return [...below(path, names), { kind: "removed", path, type }];
}

function below(path: VPath, names: Names | undefined): StoreChange[] {
  return names?.all().flatMap(({ name, node }) => removed(joinPath(path, name), node)) ?? [];
}
