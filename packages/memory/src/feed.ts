import {
  historyLost,
  isWithin,
  joinPath,
  type ChangesOptions,
  type ChangesPage,
  type ProviderWatch,
  type StoreChange,
  type VPath,
  type WatchReport,
} from "@vfs/core";
import type { MemoryFile } from "./file.ts";
import type { Inode } from "./inode.ts";
import type { Names } from "./names.ts";

// What is kept of the past once somebody has asked for it.
const KEPT_CHANGES = 16_384;

/**
 * What happens in the store, for who watches it or asks for its history. Nothing is made of a change that nobody wants
 * to hear of: the history begins when it is first asked for.
 */
export class Feed {
  readonly #reports = new Set<WatchReport>();
  /** The last changes, each at its revision modulo the length. */
  #history: StoreChange[] | undefined;
  #revision = 0;
  /** The revision at which the history begins. */
  #since = 0;
  /** Somebody listens. */
  active = false;
  /** Open files, whose names are followed. */
  readonly files: Set<MemoryFile> = new Set();

  watch(report: WatchReport): ProviderWatch {
    this.#reports.add(report);
    this.active = true;
    return {
      close: () => {
        this.#reports.delete(report);
        this.active = this.#history !== undefined || this.#reports.size > 0;
      },
    };
  }

  /** @throws VfsError `ESTALE` for what is not known any more, or was never known. */
  changes({ since, limit = Infinity }: ChangesOptions): ChangesPage {
    const last = this.#revision;
    if (this.#history === undefined) this.#since = last;
    const history = (this.#history ??= []);
    this.active = true;
    if (since === undefined) return { changes: [], revision: last, more: false };
    if (since > last || since < Math.max(this.#since, last - KEPT_CHANGES)) throw historyLost();
    const until = Math.min(last, since + limit);
    const changes: StoreChange[] = [];
    for (let at = since + 1; at <= until; at++) {
      const change = history[at % KEPT_CHANGES];
      if (change !== undefined) changes.push(change);
    }
    return { changes, revision: until, more: until < last };
  }

  /** To be called after each change, when somebody listens. */
  tell(change: StoreChange): void {
    if (!this.active) return;
    const told = { ...change, revision: ++this.#revision };
    if (this.#history !== undefined) this.#history[told.revision % KEPT_CHANGES] = told;
    for (const report of this.#reports) report.changes([told]);
  }

  /** A name was moved, with everything below it. */
  moved(from: VPath, to: VPath): void {
    for (const file of this.files)
      if (isWithin(file.path, from))
        file.path = file.path === from ? to : joinPath(to, file.path.slice(from.length + 1));
  }
}

/** Everything in a directory that was copied, a directory before what is in it. */
export function created(path: VPath, { type, names }: Inode): StoreChange[] {
  return [{ kind: "created", path, type }, ...below(path, names, created)];
}

/** Everything in a directory that is going away, a directory after what is in it. */
export function removed(path: VPath, { type, names }: Inode): StoreChange[] {
  return [...below(path, names, removed), { kind: "removed", path, type }];
}

function below(
  path: VPath,
  names: Names | undefined,
  tell: (path: VPath, node: Inode) => StoreChange[],
): StoreChange[] {
  return names?.all().flatMap(({ name, node }) => tell(joinPath(path, name), node)) ?? [];
}
