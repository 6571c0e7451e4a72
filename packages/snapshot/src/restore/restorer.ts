import { VfsError, type Vfs } from "@vfs/core";
import type { Catalog, Journal, SnapshotRecord } from "../catalog.ts";
import type { Engine } from "../engine.ts";
import { withAttributes } from "../entry-of-stat.ts";
import type { ExtractOptions, RestoreOptions, RestoreReport } from "../options.ts";
import type { Tree, TreeEntry } from "../tree-entry.ts";
import { apply } from "./apply.ts";
import { plan, type Keeping, type Plan } from "./plan.ts";

/** Makes a tree what it was. Before it changes anything it writes down what it is about to do, and how the tree was. */
export class Restorer {
  readonly #engine: Engine;
  readonly #top: Vfs;
  readonly #leaveOut: string | undefined;

  constructor(engine: Engine, top: Vfs, leaveOut: string | undefined) {
    this.#engine = engine;
    this.#top = top;
    this.#leaveOut = leaveOut;
  }

  /** What a restore would do. */
  async tell(
    { root, mounts }: SnapshotRecord,
    path: string,
    { deep, signal }: RestoreOptions,
  ): Promise<RestoreReport> {
    const state = await this.#engine.look({ deep, signal });
    try {
      return report((await this.#plan(state.tree, root, path, mounts)).plan);
    } finally {
      await state.discard();
    }
  }

  async restore(
    catalog: Catalog,
    { name, root, mounts }: SnapshotRecord,
    path: string,
    options: RestoreOptions,
  ): Promise<RestoreReport> {
    const { deep, signal } = options;
    const { journal: open } = catalog;
    if (open !== undefined && path !== "/" && (open.name !== name || open.path !== path))
      throw new VfsError("EBUSY", {
        hint: `a restore of "${open.name}" was cut short; call it again, or recover("finish" or "rollback"), before another part is restored`,
      });
    const state = await this.#engine.keep({ deep, signal });
    const { plan: steps, target } = await this.#plan(state.tree, root, path, mounts).catch(
      async (reason: unknown) => {
        await state.discard();
        throw reason;
      },
    );
    if (isNothing(steps)) {
      // What it keeps nobody needs then; the next snapshot reads it again.
      await state.discard();
      if (open !== undefined) await this.#settle(catalog);
      return report(steps);
    }
    // After one that was cut short, the state to go back to is the one before that, and this one nobody needs.
    if (open !== undefined) await state.discard();
    const added = open === undefined ? state.addedBytes : 0;
    const journal: Journal = { name, path, target: root, mounts, before: open?.before ?? state.root };
    const written = { ...catalog, storedBytes: catalog.storedBytes + added, journal };
    await this.#engine.save(written);
    await apply(steps, this.#applying(target, options));
    await this.#settle(written);
    return report(steps);
  }

  /** Makes an empty directory what a tree was. What is left when it is cut short has to be removed by who called it. */
  async extract(root: TreeEntry, top: Vfs, options: ExtractOptions): Promise<RestoreReport> {
    const keeping = (at: string): Keeping => top.capabilities(at);
    const now = withAttributes({ name: "", type: "directory" }, await top.lstat("/"), top.capabilities("/"));
    const target = this.#engine.open(root);
    const nothing: Tree = {
      root: now,
      list: async () => [],
      find: async () => undefined,
      read: (file) => target.read(file),
    };
    const none = new Set<string>();
    const steps = await plan("/", { now: nothing, target, kept: none, foreign: none, keeping });
    await apply(steps, { ...options, top, target, keeping });
    return report(steps);
  }

  /** Ends what was begun, in one way or the other. */
  async recover(
    catalog: Catalog,
    how: "finish" | "rollback",
    options: RestoreOptions,
  ): Promise<RestoreReport | undefined> {
    const { journal } = catalog;
    if (journal === undefined) return undefined;
    const { target, before, path, mounts } = journal;
    const root = how === "finish" ? target : before;
    const state = await this.#engine.look({ deep: options.deep, signal: options.signal });
    const from = how === "finish" ? path : "/";
    const planned = this.#plan(state.tree, root, from, mounts);
    const { plan: steps, target: tree } = await planned.finally(() => void state.discard().catch(() => {}));
    await apply(steps, this.#applying(tree, options));
    await this.#settle(catalog);
    return report(steps);
  }

  async #settle({ journal: _journal, ...catalog }: Catalog): Promise<void> {
    await this.#engine.save(catalog);
    await this.#engine.tidy();
  }

  /** What there is to do, and what the contents are read from. */
  async #plan(
    found: Tree,
    root: TreeEntry,
    path: string,
    known: readonly string[] | undefined,
  ): Promise<{ readonly plan: Plan; readonly target: Tree }> {
    const [now, target] = await this.#engine.pair(found, this.#engine.open(root));
    const mounts = mountsBelow(this.#top);
    const kept = new Set(this.#leaveOut === undefined ? mounts : [...mounts, this.#leaveOut]);
    const foreign = new Set(known === undefined ? [] : mounts.filter((at) => !known.includes(at)));
    const options = { now, target, kept, foreign, keeping: (at: string) => this.#keeping(at) };
    return { plan: await plan(path, options), target };
  }

  #applying(target: Tree, { signal, onProgress }: RestoreOptions): Parameters<typeof apply>[1] {
    return { top: this.#top, target, keeping: (at) => this.#keeping(at), signal, onProgress };
  }

  #keeping(path: string): Keeping {
    return this.#top.capabilities(path);
  }
}

/** What is mounted below the top. */
export function mountsBelow(top: Vfs): string[] {
  return top
    .mounts()
    .map(({ path }) => path)
    .filter((path) => path !== "/");
}

function isNothing({ steps, entered }: Plan): boolean {
  return (
    steps.length === 0 &&
    [...entered.values()].every(({ now, target }) => JSON.stringify(now) === JSON.stringify(target))
  );
}

function report({ steps }: Plan): RestoreReport {
  const of = (kind: Plan["steps"][number]["kind"]): string[] =>
    steps.filter((step) => step.kind === kind).map(({ path }) => path);
  return { removed: of("remove"), made: of("make"), written: of("write"), attributes: of("attributes") };
}
