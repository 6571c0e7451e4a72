import { createVfs, isVfsError, type Vfs, type WatchEvent } from "@vfs/core";
import { indexeddb, openOpfsSync, opfs } from "../../src/index.ts";

const open = new Map<string, Vfs>();
const events: string[] = [];

/** What a test is told of a failure. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Opens a store under a name by which the other calls know it. */
export async function openStore(name: string, kind: "indexeddb" | "opfs" | "opfsSync"): Promise<void> {
  const provider =
    kind === "indexeddb"
      ? indexeddb({ name })
      : kind === "opfs"
        ? opfs({ root: name })
        : await openOpfsSync({ root: name });
  open.set(name, createVfs(provider));
}

export async function closeStore(name: string): Promise<void> {
  await storeOf(name).close();
  open.delete(name);
}

export function storeOf(name: string): Vfs {
  const vfs = open.get(name);
  if (vfs === undefined) throw new Error(`${name} is not open`);
  return vfs;
}

/** The error that an action fails with, as far as it can be told to a test. */
export async function failureOf(action: () => Promise<unknown>): Promise<Failure | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (isVfsError(error)) return { code: error.code, message: error.message };
    throw error;
  }
}

export async function writeText(name: string, path: string, text: string): Promise<Failure | undefined> {
  return failureOf(() => storeOf(name).writeFile(path, text));
}

export async function readText(name: string, path: string): Promise<string> {
  return storeOf(name).readFile(path, "utf8");
}

export async function remove(name: string, path: string): Promise<void> {
  await storeOf(name).rm(path, { recursive: true });
}

export async function makeDirectory(name: string, path: string): Promise<void> {
  await storeOf(name).mkdir(path, { recursive: true });
}

export async function move(name: string, path: string, to: string): Promise<void> {
  await storeOf(name).rename(path, to);
}

/** Everything below a directory, sorted. */
export async function below(name: string, path: string): Promise<string[]> {
  return (await storeOf(name).readdir(path, { recursive: true })).sort();
}

/** Adds lines to one file, one after another. */
export async function appendLines(name: string, path: string, who: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await storeOf(name).appendFile(path, `${who} ${i}\n`);
}

/** Counts a number in a file up, as somebody does who has been told of nobody else. */
export async function countUp(name: string, path: string, times: number): Promise<number> {
  const vfs = storeOf(name);
  let lost = 0;
  for (let done = 0; done < times;) {
    const { etag } = await vfs.stat(path);
    const count = Number(await vfs.readFile(path, "utf8"));
    const failure = await failureOf(() => vfs.writeFile(path, String(count + 1), { ifMatch: etag }));
    if (failure === undefined) done++;
    else if (failure.code === "ESTALE") lost++;
    else throw new Error(failure.message);
  }
  return lost;
}

export async function watchStore(name: string, path: string): Promise<void> {
  events.length = 0;
  const watcher = storeOf(name).watch(path, { recursive: true });
  await watcher.ready;
  void (async () => {
    for await (const event of watcher) events.push(describeEvent(event));
  })();
}

export function seenEvents(): string[] {
  return events;
}

function describeEvent({ kind, filename, oldName }: WatchEvent): string {
  return oldName === undefined ? `${kind} ${filename}` : `${kind} ${oldName} -> ${filename}`;
}

/** Opens a file, and reads it when it is told to. */
export async function holdOpen(name: string, path: string): Promise<void> {
  held = await storeOf(name).open(path, "r+");
}
let held: Awaited<ReturnType<Vfs["open"]>> | undefined;

export async function readHeld(): Promise<string> {
  if (held === undefined) throw new Error("nothing is held open");
  return held.readFile("utf8");
}

/** Writes files until it is ended, and tells of each when it is there. */
export async function writeForever(name: string, bytes: number): Promise<void> {
  const vfs = storeOf(name);
  const { acknowledged } = globalThis as unknown as { acknowledged: (count: number) => Promise<void> };
  for (let i = 0; ; i++) {
    await vfs.writeFile(`/f${i}`, new Uint8Array(bytes).fill(i % 251));
    // The same file again and again, with content that must never be mixed.
    await vfs.writeFile("/same", new Uint8Array(bytes + i).fill(i % 251));
    await vfs.rename(i % 2 === 0 ? "/d" : "/e", i % 2 === 0 ? "/e" : "/d");
    void acknowledged(i);
  }
}

/** What {@link writeForever} has left: how many files are whole, and what is wrong. */
export async function checkWritten(name: string, bytes: number): Promise<{ whole: number; wrong: string[] }> {
  const vfs = storeOf(name);
  const wrong: string[] = [];
  let whole = 0;
  for (const file of (await vfs.readdir("/")).filter((each) => each.startsWith("f"))) {
    const i = Number(file.slice(1));
    const data = await vfs.readFile(`/${file}`);
    if (data.length === bytes && data.every((byte) => byte === i % 251)) whole++;
    else wrong.push(`${file} has ${data.length} bytes`);
  }
  const same = await vfs.readFile("/same");
  if (!same.every((byte) => byte === same[0])) wrong.push("/same is mixed");
  return { whole, wrong };
}

/** Writes files of 1 MiB until that fails. */
export async function fill(name: string, most: number): Promise<Failure | undefined> {
  for (let i = 0; i < most; i++) {
    const failure = await failureOf(() =>
      storeOf(name).writeFile(`/big${i}`, new Uint8Array(1 << 20).fill(7)),
    );
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** Does something to a file of OPFS behind the store's back. */
export async function spoil(name: string, file: string, how: "remove" | "damage" | "cut"): Promise<void> {
  const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(name);
  if (how === "remove") return directory.removeEntry(file);
  const handle = await directory.getFileHandle(file);
  const { size } = await handle.getFile();
  const writable = await handle.createWritable({ keepExistingData: true });
  if (how === "cut") await writable.truncate(size - 3);
  else await writable.write({ type: "write", position: 20, data: new Uint8Array([1, 2, 3]) });
  await writable.close();
}

/** How large the files are that a store in OPFS has. */
export async function sizesOf(name: string): Promise<Record<string, number>> {
  const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(name);
  const sizes: Record<string, number> = {};
  for await (const [file, handle] of directory.entries())
    if (handle.kind === "file") sizes[file] = (await handle.getFile()).size;
  return sizes;
}
