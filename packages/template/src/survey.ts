import { isVfsError, VfsError, type Stats, type Vfs } from "@vfs/core";
import { ancestorsOf, type PlanNode } from "./plan.ts";
import { sameAsPlanned } from "./same.ts";
import type { Supply } from "./supply.ts";

/** What to do where something is already. */
export type OnConflict = "fail" | "skip" | "overwrite" | "merge";

/** What becomes of one thing of a template. */
export type Action = "create" | "replace" | "skip" | "keep";

export interface Step {
  readonly node: PlanNode;
  readonly action: Action;
}

const AT_ONCE = 16;

/**
 * Looks what is where a template is to be made, before anything is changed.
 *
 * @param view The target; undefined when there is none yet.
 * @returns What to do with each node, the directories that nobody named among them.
 * @throws VfsError `EEXIST`, `EISDIR` or `ENOTDIR` for the first thing that is in the way.
 */
export async function survey(
  view: Vfs | undefined,
  nodes: readonly PlanNode[],
  onConflict: OnConflict,
  supply: Supply,
): Promise<Step[]> {
  const named = new Set(nodes.map(({ path }) => path));
  const implied = new Set(nodes.flatMap(({ path }) => ancestorsOf(path)).filter((path) => !named.has(path)));
  const present = view && (await lookAll(view, [...implied, ...named]));
  const steps: Step[] = [];
  for (const path of implied) {
    const found = present?.get(path);
    if (found !== undefined && found.type !== "directory") throw inTheWay("ENOTDIR", path, found);
    if (found === undefined) steps.push({ node: { type: "directory", path, place: [] }, action: "create" });
  }
  for (const node of nodes) {
    const found = present?.get(node.path);
    const isFree = view === undefined || found === undefined;
    steps.push({ node, action: isFree ? "create" : await meet(view, node, found, onConflict, supply) });
  }
  const depth = ({ node }: Step): number =>
    node.type === "directory" ? node.path.split("/").length : Infinity;
  // Stable: files and links stay in the order of the plan.
  return steps.toSorted((a, b) => (depth(a) === depth(b) ? 0 : depth(a) - depth(b)));
}

async function meet(
  view: Vfs,
  node: PlanNode,
  found: Stats,
  onConflict: OnConflict,
  supply: Supply,
): Promise<Action> {
  const { path } = node;
  if (onConflict === "fail") throw inTheWay("EEXIST", path, found);
  if (node.type === "directory") {
    if (found.type === "directory") return "keep";
    throw inTheWay("ENOTDIR", path, found);
  }
  if (onConflict === "skip") return "skip";
  if (found.type === "directory") throw inTheWay("EISDIR", path, found);
  if (onConflict === "overwrite") return "replace";
  if (await sameAsPlanned(view, node, found, supply)) return "keep";
  throw inTheWay("EEXIST", path, found, "and is not what the template says");
}

function inTheWay(
  code: "EEXIST" | "EISDIR" | "ENOTDIR",
  path: string,
  { type }: Stats,
  more?: string,
): VfsError {
  const hint = `a ${type} is there${more === undefined ? "" : ` ${more}`}; nothing was changed: see onConflict`;
  return new VfsError(code, { syscall: "apply", path, hint });
}

async function lookAll(view: Vfs, paths: readonly string[]): Promise<Map<string, Stats>> {
  const found = new Map<string, Stats>();
  const results = await view.batch(
    paths.map((path) => ({ op: "lstat", path }) as const),
    { concurrency: AT_ONCE },
  );
  for (const [index, result] of results.entries()) {
    if (result.ok) found.set(paths[index] ?? "", result.value as Stats);
    else if (!isVfsError(result.error, "ENOENT", "ENOTDIR")) throw result.error;
  }
  return found;
}
