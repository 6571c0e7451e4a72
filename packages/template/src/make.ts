import type { BatchItem, Vfs } from "@vfs/core";
import type { PlanNode } from "./plan.ts";
import type { Supply } from "./supply.ts";
import type { Step } from "./survey.ts";
import type { Undo } from "./undo.ts";

const AT_ONCE = 8;

/** Does the steps, and notes of each how it is taken back. What is replaced lies beside its place until the end. */
export async function make(
  view: Vfs,
  steps: readonly Step[],
  supply: Supply,
  undo: Undo,
  signal: AbortSignal | undefined,
): Promise<void> {
  const replaced: string[] = [];
  for (const { node, action } of steps)
    if (action === "replace") replaced.push(await putAside(view, node.path, undo));
  const nodes = steps
    .filter(({ action }) => action === "create" || action === "replace")
    .map(({ node }) => node);
  for (const node of nodes) {
    signal?.throwIfAborted();
    if (node.type !== "directory") continue;
    await view.mkdir(node.path);
    undo.add(node.path, () => view.rmdir(node.path));
  }
  await makeFiles(view, nodes, supply, undo, signal);
  for (const node of nodes) {
    signal?.throwIfAborted();
    if (node.type === "symlink") await view.symlink(node.target, node.path);
    else if (node.type === "link") await view.link(node.to, node.path);
    else continue;
    undo.add(node.path, () => view.unlink(node.path));
  }
  await setModes(view, nodes);
  for (const path of replaced) await view.unlink(path);
}

/** By many at a time: a store may be far away. */
async function makeFiles(
  view: Vfs,
  nodes: readonly PlanNode[],
  supply: Supply,
  undo: Undo,
  signal: AbortSignal | undefined,
): Promise<void> {
  const files = nodes.filter((node) => node.type === "file");
  const items: BatchItem[] = [];
  for (const { path, mode, contentType, meta, origin } of files)
    // Whatever came there since it was looked at is not written over.
    items.push({
      op: "writeFile",
      path,
      data: await supply.content(origin),
      flag: "wx",
      mode,
      contentType,
      meta,
    });
  const results = await view.batch(items, { concurrency: AT_ONCE, stopOnError: true, signal });
  for (const [index, { ok }] of results.entries()) {
    const path = items[index]?.path ?? "";
    if (ok) undo.add(path, () => view.unlink(path));
  }
  for (const result of results) if (!result.ok) throw result.error;
}

/** Exactly those that were asked for, whatever the umask; of directories last, or nothing could be put into them. */
async function setModes(view: Vfs, nodes: readonly PlanNode[]): Promise<void> {
  for (const { type, path, mode } of nodes.toReversed())
    if (mode !== undefined && (type === "file" || type === "directory") && view.capabilities(path).modes)
      await view.chmod(path, mode);
}

async function putAside(view: Vfs, path: string, undo: Undo): Promise<string> {
  const slash = path.lastIndexOf("/") + 1;
  const random = crypto
    .getRandomValues(new Uint32Array(2))
    .reduce((text, part) => text + part.toString(36), "");
  const aside = `${path.slice(0, slash)}.replaced-${random}`;
  await view.rename(path, aside);
  undo.add(path, () => view.rename(aside, path));
  return aside;
}
