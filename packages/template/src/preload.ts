import { createVfs, VfsError, type Dirent, type Provider, type Stats, type Vfs } from "@vfs/core";
import { applyPlan, type ApplyOptions, type ApplyReport } from "./apply.ts";
import { inOrder, type PlanNode } from "./plan.ts";
import { Supply } from "./supply.ts";

export interface PreloadOptions extends Omit<ApplyOptions, "variables" | "contentFrom" | "target"> {
  /** Which part of the provider; all of it unless told. */
  readonly from?: string | undefined;
  /** What to leave out: answers true for a path of the provider; nothing below a directory that is left out is looked at. */
  readonly exclude?: ((path: string) => boolean) | undefined;
}

/**
 * Loads what a provider holds, a folder of the host for instance, into a directory: all of it or, when something fails,
 * nothing. Files come as streams, with their modes; links as they are.
 *
 * @param path Where it is to be; it is made where it is not there.
 * @throws VfsError As `apply`; `ENOTSUP` for devices and the like.
 *
 * @example
 * await preload(vfs, local({ root: "fixtures" }), "/data", { exclude: (path) => path.endsWith("/.git") })
 */
export async function preload(
  vfs: Vfs,
  provider: Provider,
  path: string,
  options: PreloadOptions = {},
): Promise<ApplyReport> {
  const { from = "/", exclude = () => false, signal } = options;
  const whole = createVfs(provider, { keepOpen: true });
  const source = whole.view({ root: from === "/" ? "/" : await whole.realpath(from), readOnly: true });
  await using supply = new Supply(provider, from);
  const nodes: PlanNode[] = [];
  const firsts = new Map<number, string>();
  const waiting = ["/"];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    signal?.throwIfAborted();
    for (const entry of await source.readdir(directory, { withFileTypes: true, stat: true })) {
      if (exclude(entry.path)) continue;
      const stat = entry.stat ?? (await source.lstat(entry.path));
      nodes.push(await nodeOf(source, entry, stat, firsts));
      if (entry.type === "directory") waiting.push(entry.path);
    }
  }
  return applyPlan(vfs, { nodes: inOrder(nodes), unused: [] }, { ...options, target: path }, supply);
}

async function nodeOf(
  source: Vfs,
  { path, type }: Dirent,
  stat: Stats,
  firsts: Map<number, string>,
): Promise<PlanNode> {
  const { contentType, nlink, ino } = stat;
  const mode = source.capabilities(path).modes ? stat.mode & 0o7777 : undefined;
  const meta = Object.keys(stat.meta).length === 0 ? undefined : stat.meta;
  switch (type) {
    case "directory":
      return { type, path, place: [], mode };
    case "symlink":
      return { type, path, place: [], target: await source.readlink(path) };
    case "file": {
      const first = nlink > 1 && ino !== 0 ? (firsts.get(ino) ?? path) : path;
      if (first !== path) return { type: "link", path, place: [], to: first };
      if (nlink > 1) firsts.set(ino, path);
      return { type, path, place: [], mode, contentType, meta, origin: { from: path } };
    }
    case "other":
      throw new VfsError("ENOTSUP", {
        syscall: "preload",
        path,
        hint: "it is no file, directory or link: exclude it",
      });
  }
}
