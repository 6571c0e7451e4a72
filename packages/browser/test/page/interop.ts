import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import {
  download,
  fromDataTransfer,
  pickDirectory,
  requestPersistence,
  toBlob,
  toObjectUrl,
} from "../../src/index.ts";
import { failureOf, type Failure } from "./shell.ts";

let dropped: Promise<string[]> | undefined;
const vfs: Vfs = createVfs(memory());

/** Takes what is dropped on the page from now on. */
export function acceptDrops(into: string): void {
  document.documentElement.style.height = "100%";
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer !== null) dropped = fromDataTransfer(event.dataTransfer, vfs, into);
  });
}

/** What the drop became, with the content of each file. */
export async function droppedFiles(): Promise<Record<string, string> | undefined> {
  if (dropped === undefined) return undefined;
  const files: Record<string, string> = {};
  for (const path of await dropped) files[path] = await vfs.readFile(path, "utf8");
  return files;
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

export async function persist(): Promise<boolean> {
  return requestPersistence();
}
