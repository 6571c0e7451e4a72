import { linkMet, VfsError, type VPath } from "@vfs/core";
import { codeOf } from "../errors.ts";

/** What a command printed. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** The answer of a script. */
export interface Reply {
  /** The root of the mount without links on it; empty where that is the root of the sandbox. */
  readonly root: string;
  /** What comes behind. */
  readonly text: string;
}

/**
 * Takes an answer apart.
 *
 * @param paths Of the call, to tell on which of them a link was met.
 * @throws VfsError as the script says, or `EIO` for an answer that has no mark; a `LinkMet` where it met one.
 */
export function replyOf(mark: string, output: Output, paths: readonly VPath[]): Reply {
  const { stdout, stderr, exitCode } = output;
  const begin = stdout.indexOf(`\n${mark} `);
  const kindEnd = stdout.indexOf("\0", begin);
  if (begin < 0 || kindEnd < 0) throw brokenOff(output);
  const kind = stdout.slice(begin + mark.length + 2, kindEnd);
  const text = stdout.slice(kindEnd + 1);
  if (kind === "ok") {
    if (exitCode !== 0) throw failed(stderr) ?? brokenOff(output);
    const rootEnd = text.indexOf("\0");
    return { root: text.slice(0, rootEnd), text: text.slice(rootEnd + 1) };
  }
  const [first = "", second = ""] = text.split("\0");
  if (kind === "link") throw met(first as VPath, second, paths);
  throw first === "" ? (failed(stderr) ?? brokenOff(output)) : refused(first);
}

function met(at: VPath, target: string, paths: readonly VPath[]): unknown {
  const walked = paths.find((path) => path === at || path.startsWith(`${at}/`));
  return linkMet(walked ?? at, at, target);
}

function refused(code: string): VfsError {
  if (code === "ROOT")
    return new VfsError("ENOENT", {
      hint: "rootDir is no directory that the user of the sandbox may enter, or make",
    });
  return new VfsError(code as VfsError["code"]);
}

/** What the last tool that failed said, if it is known. */
function failed(stderr: string): VfsError | undefined {
  const code = codeOf(stderr);
  return code === undefined ? undefined : new VfsError(code, { cause: new Error(stderr.trimEnd()) });
}

/** The shell ended before it was done, and said nothing that is known. */
function brokenOff({ stderr, exitCode }: Output): VfsError {
  const said = stderr.trimEnd().slice(-500);
  return new VfsError("EIO", {
    hint: "the shell of the sandbox broke off: it needs bash, GNU coreutils, findutils and tar",
    cause: new Error(`exit status ${exitCode}${said === "" ? "" : `: ${said}`}`),
  });
}
