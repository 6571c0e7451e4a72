import { isVfsError, VfsError, type Provider, type Vfs } from "@vfs/core";
import { make } from "./make.ts";
import { refusal } from "./parse.ts";
import type { Plan } from "./plan.ts";
import { Supply } from "./supply.ts";
import { survey, type Action, type OnConflict } from "./survey.ts";
import type { Template, TemplateValue } from "./template.ts";
import { Undo } from "./undo.ts";
import { examine } from "./validate.ts";

export interface ApplyOptions {
  readonly variables?: Readonly<Record<string, TemplateValue>> | undefined;
  /** The directory that the template is made in; it is made too. `/` unless told. Nothing outside it is touched. */
  readonly target?: string | undefined;
  /**
   * What to do where something is already. `fail`, unless told: change nothing. `skip`: leave it. `overwrite`: replace
   * files and links, never directories. `merge`: leave what is as the template says, else change nothing.
   */
  readonly onConflict?: OnConflict | undefined;
  /** Only tell what would be done. */
  readonly dryRun?: boolean | undefined;
  /** Where `contentFrom` is looked up, and nowhere else. */
  readonly contentFrom?: Provider | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a template. */
export interface ApplyReport {
  readonly entries: readonly ApplyEntry[];
  /** Variables that were given and stand nowhere in the template. */
  readonly unusedVariables: readonly string[];
}

export interface ApplyEntry {
  /** As the caller of `apply` knows it. */
  readonly path: string;
  /** `link`: one more name of a file. */
  readonly type: "directory" | "file" | "symlink" | "link";
  /** `skip`: something else is there. `keep`: it was there, as it should be. */
  readonly action: Action;
}

/**
 * Makes the files of a template: all of them, or, when something fails, none.
 *
 * @param template YAML, JSON, or an object.
 * @throws VfsError `EINVAL` for a template that is wrong (see `validate`), `EEXIST` and the like for what is in the way;
 * nothing was changed then. What fails later is taken back; `EIO` names what could not be.
 *
 * @example
 * await apply(vfs, "files: [{ path: /${name}.txt, content: Hello }]", { target: "/home", variables: { name: "ada" } })
 */
export async function apply(
  vfs: Vfs,
  template: string | Template,
  options: ApplyOptions = {},
): Promise<ApplyReport> {
  const { problems, plan } = examine(template, options.variables ?? {});
  if (problems.length > 0) throw refusal(problems);
  await using supply = new Supply(options.contentFrom);
  return applyPlan(vfs, plan, options, supply);
}

/** Makes what was planned. */
export async function applyPlan(
  vfs: Vfs,
  plan: Plan,
  options: ApplyOptions,
  supply: Supply,
): Promise<ApplyReport> {
  const { target = "/", onConflict = "fail", dryRun = false, signal } = options;
  for (const node of plan.nodes) if (node.type === "file") await supply.check(node.origin);
  const prefix = target.endsWith("/") ? target.slice(0, -1) : target;
  const isThere = await vfs.exists(target);
  const there = isThere ? await within(vfs, target) : undefined;
  const steps = await located(prefix, () => survey(there, plan.nodes, onConflict, supply));
  signal?.throwIfAborted();
  if (!dryRun) {
    const undo = new Undo();
    try {
      if (!isThere) await makeTarget(vfs, target, undo);
      const view = there ?? (await within(vfs, target));
      await located(prefix, () => make(view, steps, supply, undo, signal));
    } catch (reason) {
      await undo.run(reason);
      throw reason;
    }
  }
  const entries = steps.map(({ node: { path, type }, action }) => ({ path: prefix + path, type, action }));
  return { entries, unusedVariables: plan.unused };
}

/** Tells of what fails below the target by the path that the caller knows it by. */
async function located<T>(prefix: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!isVfsError(error) || error.path === undefined) throw error;
    const { code, syscall, path, dest, hint, reason, retryable, cause } = error;
    const to = dest === undefined ? undefined : prefix + dest;
    throw new VfsError(code, { syscall, path: prefix + path, dest: to, hint, reason, retryable, cause });
  }
}

/** The target as the root of everything, so that not even a link leads out of it. */
async function within(vfs: Vfs, target: string): Promise<Vfs> {
  return vfs.view({ root: await vfs.realpath(target) });
}

async function makeTarget(vfs: Vfs, target: string, undo: Undo): Promise<void> {
  const first = await vfs.mkdir(target, { recursive: true });
  if (first === undefined) return;
  const made: string[] = [];
  for (
    let path = await vfs.realpath(target);
    path.startsWith(first);
    path = path.slice(0, path.lastIndexOf("/"))
  )
    made.unshift(path);
  for (const path of made) undo.add(path, () => vfs.rmdir(path));
}
