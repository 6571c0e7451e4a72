import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import {
  directory,
  download,
  fromDataTransfer,
  pickDirectory,
  requestPersistence,
  toBlob,
  toObjectUrl,
} from "../../src/index.ts";
import { failureOf, type Failure } from "./shell.ts";

const vfs: Vfs = createVfs(memory());

/** A folder as browsers give it to who asks what was dropped: a hundred entries at a time, by callbacks. */
function droppedFolder(name: string, files: Readonly<Record<string, string>>): object {
  const children = new Map<string, Record<string, string>>();
  const entries: object[] = [];
  for (const [path, text] of Object.entries(files)) {
    const [first = "", ...rest] = path.split("/");
    if (rest.length > 0) children.set(first, { ...children.get(first), [rest.join("/")]: text });
    else
      entries.push({
        isDirectory: false,
        name: first,
        file: (found: (file: File) => void) => setTimeout(() => found(new File([text], first))),
      });
  }
  for (const [child, below] of children) entries.push(droppedFolder(child, below));
  const createReader = (): object => ({
    readEntries: (found: (some: object[]) => void) => setTimeout(() => found(entries.splice(0, 100))),
  });
  return { isDirectory: true, name, createReader };
}

/** Drops a folder and a file; answers the content of each file that came of it. */
export async function drop(
  into: string,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const folder = { kind: "file", webkitGetAsEntry: () => droppedFolder(name, files), getAsFile: () => null };
  const text = { kind: "string", webkitGetAsEntry: () => null, getAsFile: () => null };
  const alone = {
    kind: "file",
    webkitGetAsEntry: () => null,
    getAsFile: () => new File(["alone"], "alone.txt"),
  };
  const seen: string[] = [];
  const data = { items: [folder, text, alone] } as unknown as Pick<DataTransfer, "items">;
  const paths = await fromDataTransfer(data, vfs, into, { onFile: (path) => void seen.push(path) });
  if (seen.join() !== paths.join()) throw new Error(`told of ${seen.join()}`);
  const contents: Record<string, string> = {};
  for (const path of paths) contents[path] = await vfs.readFile(path, "utf8");
  return contents;
}

/** Files that were pasted: they come without entries. */
export async function paste(names: readonly string[]): Promise<string[]> {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File([`pasted ${name}`], name, { type: "text/plain" }));
  return fromDataTransfer(data, vfs, "/pasted");
}

export async function blobOf(
  path: string,
  text: string,
): Promise<{ type: string; text: string; byUrl: string; after: string }> {
  await vfs.writeFile(path, text);
  await vfs.setMeta(path, { contentType: "text/css" });
  const blob = await toBlob(vfs, path);
  const { url, revoke } = await toObjectUrl(vfs, path);
  const byUrl = await (await fetch(url)).text();
  revoke();
  const after = await fetch(url).then(
    () => "still there",
    () => "gone",
  );
  return { type: blob.type, text: await blob.text(), byUrl, after };
}

export async function save(path: string, text: string): Promise<void> {
  await vfs.writeFile(path, text);
  await download(vfs, path);
}

/** Picks a folder by a picker that does this. */
export async function pick(how: "pick" | "abort" | "missing"): Promise<Failure | string[]> {
  const scope = globalThis as { showDirectoryPicker?: unknown };
  const root = await navigator.storage.getDirectory();
  scope.showDirectoryPicker =
    how === "missing"
      ? undefined
      : how === "pick"
        ? () => root.getDirectoryHandle("picked", { create: true })
        : () => Promise.reject(new DOMException("The user aborted a request.", "AbortError"));
  let names: string[] = [];
  const failure = await failureOf(async () => {
    await using mine = createVfs(await pickDirectory());
    await mine.writeFile("/from-here.txt", "x");
    names = await mine.readdir("/");
  });
  return failure ?? names;
}

/** Makes many empty files in a folder of OPFS; answers the names that the store over it gives. */
export async function namesIn(folder: string, count: number): Promise<string[]> {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getDirectoryHandle(folder, { create: true });
  for (let i = 0; i < count; i++) await handle.getFileHandle(`f${i}`, { create: true });
  await using mine = createVfs(directory({ handle }));
  return (await mine.readdir("/")).sort();
}

export async function persist(): Promise<boolean> {
  return requestPersistence();
}
