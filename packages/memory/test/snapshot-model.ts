import { CONTEXT } from "@vfs/conformance";
import type { Context, FileHandle, Provider, SnapshotChange, StoreSnapshot, VPath, VfsSync } from "@vfs/core";
import { createVfs, isWithin, parentOf } from "@vfs/core";
import fc from "fast-check";
import { memory } from "../src/index.ts";

/** All that is to be seen of a store, by path. */
export type Picture = ReadonlyMap<VPath, Readonly<Record<string, unknown>>>;

/** @param between Called when all is looked at, before any content is read: that is noted. */
export function picture(store: Provider, between?: () => void): Picture {
  const vfs = createVfs(store, { keepOpen: true }).sync;
  const names = vfs.readdir("/", { recursive: true });
  const seen = ["/", ...names.map((name) => `/${name}`)].map((path) => {
    const { dev: _, ...stat } = vfs.lstat(path);
    return [path as VPath, stat] as const;
  });
  between?.();
  return new Map(
    seen.map(([path, stat]) => {
      const target = stat.type === "symlink" ? vfs.readlink(path) : undefined;
      const content = stat.type === "file" ? Buffer.from(vfs.readFile(path)).toString("latin1") : undefined;
      return [path, { ...stat, target, content }];
    }),
  );
}

const NAMES = ["x", "y", "z"];
const paths = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((names) => `/${names.join("/")}`);
const sizes = fc.constantFrom(0, 5, 100, 2000, 2100, 9000);
const slots = fc.integer({ min: 0, max: 1 });

/** What is done next. The snapshots that are dropped are counted from the oldest, around and around. */
export const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant("write" as const), path: paths, size: sizes }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("append" as const), path: paths, size: sizes }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("truncate" as const), path: paths, size: sizes }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("stream" as const), path: paths, size: sizes }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("mkdir" as const), path: paths }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("remove" as const), path: paths }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("read" as const), path: paths }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("rename" as const), path: paths, to: paths }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("link" as const), path: paths, to: paths }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("symlink" as const), path: paths, to: paths }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("copy" as const), path: paths, to: paths }) },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant("chmod" as const), path: paths, mode: fc.nat(0o777) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("utimes" as const), path: paths, at: fc.nat(9999) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("setMeta" as const), path: paths, at: fc.nat(9) }) },
  { weight: 5, arbitrary: fc.record({ op: fc.constant("open" as const), path: paths, slot: slots }) },
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant("handle write" as const),
      slot: slots,
      size: sizes,
      at: fc.nat(50),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant("handle truncate" as const), slot: slots, size: sizes }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("close" as const), slot: slots }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("take" as const) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("drop" as const), which: fc.nat(9) }) },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A memory that takes snapshots, beside one that does not, and what the snapshots must show. */
export class Model {
  readonly store: Provider = memory();
  readonly plain: Provider = memory();
  /** What each shows, by its number: a plain map of trees. */
  readonly states: Map<string, Picture> = new Map();
  readonly #faces: readonly VfsSync[] = [this.store, this.plain].map((store) => createVfs(store).sync);
  readonly #handles: readonly Map<number, FileHandle<"sync">>[] = [new Map(), new Map()];
  #written = 0;

  /** Does a step on both; answers how it went on each. */
  take(given: Step): unknown[] {
    this.#written++;
    if (given.op === "take") this.keep();
    else if (given.op === "drop") this.drop(given.which);
    else
      return this.#faces.map((vfs, i) => {
        try {
          this.#do(given, vfs, this.#handles[i] ?? new Map());
          return "done";
        } catch (reason) {
          return (reason as { code?: string }).code ?? reason;
        }
      });
    return [];
  }

  keep(): void {
    let id = "";
    const shows = picture(this.store, () => {
      ({ id } = this.#kept.take("", CTX) as StoreSnapshot);
    });
    this.states.set(id, shows);
  }

  drop(which: number): void {
    const ids = [...this.states.keys()];
    const id = ids[which % ids.length];
    if (id === undefined) return;
    void this.#kept.drop([id], CTX);
    this.states.delete(id);
  }

  open(id: string): Provider {
    return this.#kept.open(id, CTX) as Provider;
  }

  changes(from: string, to?: string): readonly SnapshotChange[] {
    return this.#kept.changes(from, to, CTX) as readonly SnapshotChange[];
  }

  get retainedBytes(): number {
    return this.#kept.retainedBytes(CTX) as number;
  }

  /** What nothing but snapshots has: versions of files that are neither in the store nor open. */
  get expectedBytes(): number {
    const live = new Set(filesOf(picture(this.store)).map(([key]) => key));
    for (const handle of this.#handles[0]?.values() ?? []) {
      const { ino, etag } = handle.stat();
      live.add(`${ino} ${etag}`);
    }
    const kept = new Map([...this.states.values()].flatMap(filesOf));
    return [...kept].reduce((sum, [key, bytes]) => sum + (live.has(key) ? 0 : bytes), 0);
  }

  /** Names and contents, which no snapshot must change. */
  get both(): readonly unknown[] {
    return [this.store, this.plain].map((store) =>
      Array.from(picture(store), ([at, { ino, nlink, size, etag, content, target, mode }]) =>
        [at, ino, nlink, size, etag, content, target, mode].join(" ").slice(0, 200),
      ).sort(),
    );
  }

  get usage(): readonly unknown[] {
    return [this.store, this.plain].map((store) => store.usage?.(CTX));
  }

  close(): void {
    for (const handles of this.#handles) for (const handle of handles.values()) handle.close();
    for (const handles of this.#handles) handles.clear();
  }

  get #kept(): NonNullable<Awaited<ReturnType<NonNullable<Provider["snapshots"]>>>> {
    if (this.store.snapshots === undefined) throw new Error("memory has snapshots");
    return this.store.snapshots(CTX) as never;
  }

  #do(
    given: Exclude<Step, { op: "take" | "drop" }>,
    vfs: VfsSync,
    handles: Map<number, FileHandle<"sync">>,
  ): void {
    const data = (length: number): Uint8Array => new Uint8Array(length).fill(this.#written);
    switch (given.op) {
      case "write":
        return vfs.writeFile(given.path, data(given.size));
      case "append":
        return vfs.appendFile(given.path, data(given.size));
      case "truncate":
        return vfs.truncate(given.path, given.size);
      case "stream":
        return void vfs.writeStream(given.path, [data(given.size), data(7)]);
      case "mkdir":
        return void vfs.mkdir(given.path, { recursive: true });
      case "remove":
        return vfs.rm(given.path, { recursive: true });
      case "read":
        return void vfs.readFile(given.path);
      case "rename":
        return vfs.rename(given.path, given.to);
      case "link":
        return vfs.link(given.path, given.to);
      case "symlink":
        return vfs.symlink(given.path, given.to);
      case "copy":
        return vfs.cp(given.path, given.to, { recursive: true });
      case "chmod":
        return vfs.chmod(given.path, given.mode);
      case "utimes":
        return vfs.utimes(given.path, given.at, given.at);
      case "setMeta":
        return vfs.setMeta(given.path, { meta: { at: `${given.at}` } });
      case "open":
        handles.get(given.slot)?.close();
        handles.delete(given.slot);
        handles.set(given.slot, vfs.open(given.path, "r+"));
        return;
      case "handle write":
        return void handles.get(given.slot)?.write(data(given.size), 0, given.size, given.at);
      case "handle truncate":
        return handles.get(given.slot)?.truncate(given.size);
      case "close":
        handles.get(given.slot)?.close();
        return void handles.delete(given.slot);
    }
  }
}

const CTX: Context = { ...CONTEXT, sync: true };

function filesOf(shown: Picture): [key: string, bytes: number][] {
  return [...shown.values()].flatMap(({ type, ino, etag, size }) =>
    type === "file" ? [[`${String(ino)} ${String(etag)}`, size as number]] : [],
  );
}

/** The paths at which two pictures differ and of which the changes do not tell. */
export function untold(one: Picture, other: Picture, changes: readonly SnapshotChange[]): VPath[] {
  const all = [...new Set([...one.keys(), ...other.keys()])];
  return all.filter((at) => {
    const [before, after] = [one.get(at), other.get(at)];
    if (text(before) === text(after)) return false;
    if (changes.some((change) => change.path === at || (change.tree && isWithin(at, change.path))))
      return false;
    const byNames = before?.["type"] === "directory" && text(before, true) === text(after, true);
    return !(byNames && changes.some((change) => change.path !== at && parentOf(change.path) === at));
  });
}

/** Without the time of access, which is no change; and without what a directory owes to its names. */
function text(seen: Readonly<Record<string, unknown>> | undefined, less = false): string {
  if (seen === undefined) return "";
  const { atimeMs: _, ...rest } = seen;
  const told = less ? { ...rest, size: 0, nlink: 0, mtimeMs: 0, ctimeMs: 0 } : rest;
  return JSON.stringify(told);
}
