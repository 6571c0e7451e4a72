import { nameOf, parentOf, ROOT, type VPath } from "@vfs/core";
import { randomBytes } from "node:crypto";
import { quoted } from "../quote.ts";
import { PRELUDE } from "./prelude.ts";

/** A command for the shell of a sandbox, with the mark that its answer begins with. */
export interface Script {
  readonly text: string;
  readonly mark: string;
}

/**
 * Puts a script together.
 *
 * @param body What follows the prelude; it finds the words as `$1`, `$2` and so on.
 */
export function scriptOf(root: string, body: string, words: readonly string[]): Script {
  const mark = `vfs-${randomBytes(6).toString("hex")}`;
  const given = words.map(quoted).join(" ");
  return { mark, text: `M=${mark} R=${quoted(root)}\n${PRELUDE}set -- ${given}\n${body}` };
}

/** A path as scripts take it: its directory, without a slash at the end, and its name. */
export function placeOf(path: VPath): [directory: string, name: string] {
  if (path === ROOT) return ["", "."];
  return [directoryOf(parentOf(path)), nameOf(path)];
}

/** A directory as scripts take it: empty for the root. */
export function directoryOf(path: VPath): string {
  return path === ROOT ? "" : path;
}
