import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { isVfsError, VfsError, type Stats, type Vfs } from "@vfs/core";
import type { Job, Program } from "../command.ts";

interface EditFlags {
  readonly editor?: string;
}

const HELP = `The editor is that of --editor, or of VISUAL or EDITOR, or vi. It is given a copy, and what it saved is written back in
one step when it ends. When somebody else has changed the file meanwhile it is not written: the copy stays, and the
command says where.

Examples:
  vfs edit sqlite:./backup.db:/notes.md
  EDITOR="code --wait" vfs edit s3://my-bucket/config.yaml`;

export function addEdit(program: Program): void {
  program
    .add<[string, EditFlags]>("edit <location>", "edit a file, wherever it is", edit, {
      makesDatabases: true,
    })
    .option("--editor <command>", "with this one")
    .addHelpText("after", HELP);
}

async function edit(job: Job, text: string, { editor = defaultEditor() }: EditFlags): Promise<void> {
  const { stores, output } = job;
  const { path } = await stores.place(text, "write");
  const before = await stores.vfs.stat(path, { throwIfNoEntry: false });
  if (before?.isDirectory()) throw new VfsError("EISDIR", { path });
  const old =
    before === undefined
      ? new Uint8Array(0)
      : await stores.vfs.readFile(path, pinned(stores.vfs, path, before));
  const folder = await mkdtemp(join(tmpdir(), "vfs-edit-"));
  const copy = join(folder, basename(path));
  let keep = false;
  try {
    await writeFile(copy, old, { mode: 0o600 });
    await runEditor(job, editor, copy);
    const young = await readFile(copy);
    const same = Buffer.compare(young, old) === 0;
    // A file that was new and left empty is not wanted.
    if (same) return await output.result({ edit: text, changed: false }, "nothing was changed");
    keep = true;
    await writeBack(stores.vfs, path, young, before, copy);
    keep = false;
    await output.result({ edit: text, changed: true }, "");
  } finally {
    if (!keep) await rm(folder, { recursive: true });
  }
}

/** Reads one version, where the store can tell them apart. */
function pinned(vfs: Vfs, path: string, { etag }: Stats): { ifMatch?: string } {
  return etag !== undefined && vfs.capabilities(path).ifMatch ? { ifMatch: etag } : {};
}

/**
 * Writes only over what was edited.
 *
 * @throws VfsError `ESTALE` when the file is another one meanwhile, with where the edited copy is; what the store says
 *   otherwise, with the same.
 */
async function writeBack(
  vfs: Vfs,
  path: string,
  content: Uint8Array,
  before: Stats | undefined,
  copy: string,
): Promise<void> {
  const hint = `what you wrote is in ${copy}`;
  try {
    if (before === undefined) return await vfs.writeFile(path, content, { ifNoneMatch: "*" });
    const condition = pinned(vfs, path, before);
    if (condition.ifMatch === undefined) await needUnchanged(vfs, path, before);
    const kept = vfs.capabilities(path).meta ? { contentType: before.contentType, meta: before.meta } : {};
    await vfs.writeFile(path, content, { ...condition, ...kept, mode: before.mode & 0o7777 });
  } catch (error) {
    if (!isVfsError(error)) throw new Error(`${(error as Error).message} (${hint})`, { cause: error });
    const somebody =
      error.code === "ESTALE" || error.code === "EEXIST" ? "somebody else has changed it; " : "";
    throw new VfsError(error.code, { syscall: "edit", path, hint: somebody + hint, cause: error });
  }
}

/** Where a store cannot look and write in one step, it is looked at just before. */
async function needUnchanged(vfs: Vfs, path: string, before: Stats): Promise<void> {
  const now = await vfs.stat(path, { throwIfNoEntry: false });
  const isSame = now?.etag === before.etag && now?.size === before.size && now.mtimeMs === before.mtimeMs;
  if (!isSame) throw new VfsError("ESTALE", { syscall: "edit", path });
}

function defaultEditor(): string {
  const { VISUAL = "", EDITOR = "" } = process.env;
  return VISUAL || EDITOR || (process.platform === "win32" ? "notepad" : "vi");
}

/** Whether the shell can become the editor, so that what ends the one ends the other. */
function isPlain(editor: string): boolean {
  return /^[^=;|&<>()$`]+$/.test(editor);
}

/** @throws Error When it did not end well: then nothing is to be written. */
async function runEditor({ output, signal }: Job, editor: string, file: string): Promise<void> {
  const { handOver = (action) => action() } = output.terminal;
  await handOver(async () => {
    // A shell, because an editor may have options: as git does it.
    const child =
      process.platform === "win32"
        ? spawn(`${editor} "${file}"`, { shell: true, stdio: "inherit" })
        : spawn("/bin/sh", ["-c", `${isPlain(editor) ? "exec " : ""}${editor} "$@"`, editor, file], {
            stdio: "inherit",
          });
    const stop = (): void => void child.kill();
    signal.addEventListener("abort", stop);
    try {
      const [code, killedBy] = (await once(child, "close")) as [number | null, string | null];
      signal.throwIfAborted();
      if (code !== 0) throw new Error(`${editor}: ended with ${code ?? killedBy}; nothing was written`);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  });
}
