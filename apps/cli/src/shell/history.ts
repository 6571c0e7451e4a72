import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const MOST_LINES = 1000;

/** Where the lines that were typed are kept; undefined when `VFS_HISTORY` is empty. */
export function historyFile(env: NodeJS.ProcessEnv): string | undefined {
  const { VFS_HISTORY, XDG_STATE_HOME } = env;
  if (VFS_HISTORY !== undefined) return VFS_HISTORY === "" ? undefined : VFS_HISTORY;
  return join(XDG_STATE_HOME || join(homedir(), ".local", "state"), "vfs", "history");
}

/** Newest first, as readline has it. */
export function readHistory(file: string | undefined): string[] {
  try {
    return file === undefined ? [] : readFileSync(file, "utf8").split("\n").filter(Boolean).toReversed();
  } catch {
    return [];
  }
}

/** Keeps the newest lines, for nobody else to read. What begins with a space is left out; a failure is no reason to fail. */
export function keepHistory(file: string | undefined, lines: readonly string[]): void {
  if (file === undefined) return;
  const kept = lines.filter((line) => !line.startsWith(" ")).slice(0, MOST_LINES);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const draft = `${file}.${process.pid}`;
    writeFileSync(
      draft,
      kept
        .toReversed()
        .map((line) => `${line}\n`)
        .join(""),
      { mode: 0o600 },
    );
    renameSync(draft, file);
  } catch {
    // The home may be read-only.
  }
}
