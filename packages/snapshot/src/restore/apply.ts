import { nanoseconds, type Vfs } from "@vfs/core";
import { inPool } from "../in-pool.ts";
import type { Tree, TreeEntry } from "../tree-entry.ts";
import { metaDiffers, modeDiffers, ownerDiffers, type Keeping, type Plan, type Step } from "./plan.ts";

export interface ApplyOptions {
  /** A view whose root is the top of the tree. */
  readonly top: Vfs;
  readonly target: Tree;
  readonly keeping: (path: string) => Keeping;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of content that were written, of all that are to be. */
  readonly onProgress?: ((bytes: number, totalBytes: number | undefined) => void) | undefined;
}

const WHOLE_BYTES = 1 << 20;
const OWNER_ALL = 0o700;

/** Does what was planned. When it is cut short, the same plan made anew has what is left. */
export async function apply({ steps, entered, sources }: Plan, options: ApplyOptions): Promise<void> {
  const { top, signal } = options;
  const work = new Work(options, steps, new Map(sources));
  const touched = directoriesOf(steps, entered);
  for (const [path, { now }] of touched) await work.open(path, now);
  await inPool(of(steps, "remove"), async ({ path, entry }) => {
    signal?.throwIfAborted();
    await top.rm(path, { recursive: entry.type === "directory", force: true });
  });
  for (const { path, entry } of of(steps, "make"))
    if (entry.type === "directory") {
      signal?.throwIfAborted();
      await top.mkdir(path, { mode: (entry.mode ?? 0o755) | OWNER_ALL });
    }
  await work.files();
  for (const { path, entry } of of(steps, "make"))
    if (entry.type === "symlink") {
      await top.symlink(entry.target ?? "", path);
      await work.attributes(path, entry, undefined);
    }
  await inPool(of(steps, "attributes"), ({ path, entry, now }) => work.attributes(path, entry, now));
  // What is in a directory first: making it changes the times of the directory.
  const made = of(steps, "make").filter(({ entry }) => entry.type === "directory");
  for (const { path, entry } of made.toReversed()) await work.attributes(path, entry, undefined);
  const stay = [...entered].toReversed();
  for (const [path, { now, target }] of stay)
    await work.attributes(path, target, touched.has(path) ? await work.seen(path, now) : now);
}

class Work {
  readonly #options: ApplyOptions;
  readonly #steps: readonly Step[];
  /** Of each file with several names: a path that has it. */
  readonly #sources: Map<string, string>;
  #bytes = 0;

  constructor(options: ApplyOptions, steps: readonly Step[], sources: Map<string, string>) {
    this.#options = options;
    this.#steps = steps;
    this.#sources = sources;
  }

  /** Lets something be changed in a directory whose owner may not. */
  async open(path: string, now: TreeEntry): Promise<void> {
    if (now.mode !== undefined && (now.mode & OWNER_ALL) !== OWNER_ALL && this.#options.keeping(path).modes)
      await this.#options.top.chmod(path, now.mode | OWNER_ALL);
  }

  /** How a directory is after things were done in it. */
  async seen(path: string, now: TreeEntry): Promise<TreeEntry> {
    const { mtimeMs, mode } = await this.#options.top.lstat(path);
    return { ...now, mtimeMs, mode: now.mode === undefined ? undefined : mode & 0o7777 };
  }

  async files(): Promise<void> {
    const { top, signal, onProgress } = this.#options;
    const links: { path: string; entry: TreeEntry }[] = [];
    const written: { path: string; entry: TreeEntry }[] = [];
    for (const step of this.#steps) {
      const { kind, path, entry } = step;
      if (entry.type !== "file" || (kind !== "make" && kind !== "write")) continue;
      const source = entry.group === undefined ? undefined : this.#sources.get(entry.group);
      // The names that stay share what is written through one of them.
      if (source !== undefined && source !== path) {
        if (kind === "make") links.push(step);
        continue;
      }
      if (entry.group !== undefined) this.#sources.set(entry.group, path);
      written.push(step);
    }
    const totalBytes = written.reduce((sum, { entry }) => sum + (entry.size ?? 0), 0);
    await inPool(written, async ({ path, entry }) => {
      signal?.throwIfAborted();
      await this.#write(path, entry);
      await this.attributes(path, entry, undefined);
      onProgress?.((this.#bytes += entry.size ?? 0), totalBytes);
    });
    for (const { path, entry } of links) {
      signal?.throwIfAborted();
      await top.link(this.#sources.get(entry.group ?? "") ?? "", path);
    }
  }

  async attributes(path: string, entry: TreeEntry, now: TreeEntry | undefined): Promise<void> {
    const { top } = this.#options;
    const keeping = this.#options.keeping(path);
    const { type, mode = 0, uid = 0, gid = 0, mtimeMs } = entry;
    if (ownerDiffers(now, entry, keeping)) {
      const current = now ?? (await top.lstat(path));
      if (current.uid !== uid || current.gid !== gid) await top.lchown(path, uid, gid);
    }
    if (type !== "symlink" && modeDiffers(now, entry, keeping)) await top.chmod(path, mode);
    if (type !== "symlink" && metaDiffers(now, entry, keeping))
      await top.setMeta(path, { contentType: entry.contentType ?? null, meta: entry.meta ?? {} });
    if (keeping.times === "none" || now?.mtimeMs === mtimeMs) return;
    if (type === "symlink" && keeping.times !== "all") return;
    const atime = nanoseconds(entry.atimeMs ?? mtimeMs);
    await top.lutimes(path, atime, nanoseconds(mtimeMs));
  }

  async #write(path: string, entry: TreeEntry): Promise<void> {
    const { top, target, signal } = this.#options;
    const options = { mode: entry.mode, signal } as const;
    if ((entry.size ?? 0) > WHOLE_BYTES) {
      await top.writeFile(path, target.read(entry), options);
      return;
    }
    const parts: Uint8Array[] = [];
    for await (const part of target.read(entry)) parts.push(part);
    await top.writeFile(path, parts.length === 1 ? (parts[0] as Uint8Array<ArrayBuffer>) : parts, options);
  }
}

type StepOf<K extends Step["kind"]> = Extract<Step, { kind: K }>;

function of<K extends Step["kind"]>(steps: readonly Step[], kind: K): StepOf<K>[] {
  return steps.filter((step) => step.kind === kind) as StepOf<K>[];
}

/** The directories that something is put into or taken out of. */
function directoriesOf(steps: readonly Step[], entered: Plan["entered"]): Map<string, { now: TreeEntry }> {
  const found = new Map<string, { now: TreeEntry }>();
  for (const { kind, path } of steps) {
    if (kind === "attributes") continue;
    const parent = path.slice(0, path.lastIndexOf("/")) || "/";
    const directory = entered.get(parent);
    if (directory !== undefined) found.set(parent, directory);
  }
  return found;
}
