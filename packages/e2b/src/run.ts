import { VfsError } from "@vfs/core";
import type { Remote } from "./remote/remote.ts";

/** How a command is run. */
export interface RunOptions {
  /** Where, as a path of the mount: its root unless told. */
  readonly cwd?: string | undefined;
  readonly envs?: Readonly<Record<string, string>> | undefined;
  /** Called with what the command prints, as it comes. */
  readonly onStdout?: ((text: string) => void | Promise<void>) | undefined;
  readonly onStderr?: ((text: string) => void | Promise<void>) | undefined;
  /** After so long the command is killed; a minute unless told, 0 for never. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a command. */
export interface RunResult {
  /** 0 when all went well; -1 when a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runCommand(
  remote: Remote,
  command: string,
  { cwd = "/", envs, onStdout, onStderr, timeoutMs = 60_000, signal }: RunOptions,
): Promise<RunResult> {
  if (!cwd.startsWith("/"))
    throw new TypeError(`cwd must be a path of the mount that begins with /, got ${cwd}`);
  const options = {
    // As the root has no slash at its end.
    cwd: `${remote.root === "/" ? "" : remote.root}${cwd}`,
    timeoutMs,
    ...(envs && { envs: { ...envs } }),
    ...(onStdout && { onStdout }),
    ...(onStderr && { onStderr }),
    ...(signal && { signal }),
    ...(remote.user !== undefined && { user: remote.user }),
  };
  return await remote.request(signal, false, async (sandbox) => {
    try {
      const { exitCode, stdout, stderr } = await sandbox.commands.run(command, options);
      return { exitCode, stdout, stderr };
    } catch (error) {
      return resultOf(error, cwd, timeoutMs);
    }
  });
}

function resultOf(error: unknown, cwd: string, timeoutMs: number): RunResult {
  const { name, message, result } = error as Error & { result?: RunResult };
  if (name === "CommandExitError" && result !== undefined) {
    const { exitCode, stdout, stderr } = result;
    return { exitCode, stdout, stderr };
  }
  if (message.includes("[deadline_exceeded]"))
    throw new VfsError("ETIMEDOUT", {
      hint: `the command ran for ${timeoutMs} ms; raise timeoutMs`,
      cause: error,
    });
  if (name === "InvalidArgumentError" && /cwd .* does not exist/.test(message))
    throw new VfsError("ENOENT", { syscall: "chdir", path: cwd, cause: error });
  throw error;
}
