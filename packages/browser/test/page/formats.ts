import { checksum } from "../../src/opfs/checksum.ts";
import { storeOf } from "./shell.ts";

// Stores as they were written before there was an image of all names: `/d/f` with a text, and `/link` to it.

const NOW = 1_700_000_000_000;
const TIMES = [NOW, NOW, NOW, NOW];
const COUNTERS = { lastIno: 4, lastOrder: 3, lastVersion: 1 };
const NAMES = [
  [1, "d", 2, 1],
  [2, "f", 3, 2],
  [1, "link", 4, 3],
] as const;

function inodes(piece: number, room: number, bytes: number): (readonly [number, ...unknown[]])[] {
  return [
    [1, 1, 0o755, 0, TIMES, 0, 0],
    [2, 1, 0o700, 0, TIMES, 0, 0],
    [3, 0, 0o600, 0, TIMES, 1, [bytes, piece, room], "text/plain"],
    [4, 2, 0o777, 0, TIMES, 0, "d/f"],
  ];
}

export async function writeFormer(kind: "indexeddb" | "opfs", name: string, text: string): Promise<void> {
  const content = new TextEncoder().encode(text);
  await (kind === "indexeddb" ? formerDatabase(name, content) : formerLogs(name, content));
}

async function formerDatabase(name: string, content: Uint8Array): Promise<void> {
  const database = await opened(name, 1, ["inodes", "names", "chunks", "meta", "steps"]);
  const transaction = database.transaction(["inodes", "names", "chunks", "meta"], "readwrite");
  for (const record of inodes(7, 256 << 10, content.length))
    transaction.objectStore("inodes").put(record, record[0]);
  for (const [parent, entry, ino, order] of NAMES)
    transaction.objectStore("names").put([ino, order], [parent, entry]);
  transaction.objectStore("chunks").put(content, 7);
  const meta = transaction.objectStore("meta");
  meta.put(3, "revision");
  meta.put(7, "lastPiece");
  meta.put(COUNTERS, "counters");
  await new Promise((resolve) => {
    transaction.addEventListener("complete", resolve);
  });
  database.close();
}

function opened(name: string, version: number, stores: readonly string[]): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    request.addEventListener("upgradeneeded", () => {
      for (const store of stores) request.result.createObjectStore(store);
    });
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("not opened")));
  });
}

/** A database of another program. */
export async function foreignDatabase(name: string): Promise<void> {
  (await opened(name, 1, ["theirs"])).close();
}

/** How a store lies there: how many rows each object store of a database has, or whether both logs are the same. */
export function formOf(kind: "indexeddb" | "opfs", name: string): Promise<Record<string, unknown>> {
  return kind === "indexeddb" ? rowsOf(name) : logsOf(name);
}

async function rowsOf(name: string): Promise<Record<string, number>> {
  const database = await opened(name, 2, []);
  const counts: Record<string, number> = {};
  for (const store of database.objectStoreNames) {
    const request = database.transaction(store).objectStore(store).count();
    await new Promise((resolve) => {
      request.addEventListener("success", resolve);
    });
    counts[store] = request.result;
  }
  database.close();
  return counts;
}

async function formerLogs(name: string, content: Uint8Array<ArrayBuffer>): Promise<void> {
  const frames = [
    { format: "vfs-opfs-1", generation: 4, revision: 2, frames: 2 },
    { inodes: inodes(1, 512, content.length), names: [], gone: [], ...COUNTERS },
    { inodes: [], names: NAMES.slice(0, 2), gone: [], ...COUNTERS },
    { revision: 3, inodes: [], names: NAMES.slice(2), gone: [], ...COUNTERS },
  ].map(frame);
  const log = await new Blob(frames).arrayBuffer();
  for (const file of ["index-a", "index-b"]) await writeWhole(name, file, new Uint8Array(log));
  await writeWhole(name, "content", content);
}

function frame(value: unknown): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(value));
  const bytes = new Uint8Array(8 + text.length);
  new DataView(bytes.buffer).setUint32(0, text.length);
  new DataView(bytes.buffer).setUint32(4, checksum(text));
  bytes.set(text, 8);
  return bytes;
}

async function directoryOf(name: string): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
}

async function writeWhole(name: string, file: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const handle = await (await directoryOf(name)).getFileHandle(file, { create: true });
  const writable = await handle.createWritable();
  await writable.write(bytes);
  await writable.close();
}

async function readWhole(name: string, file: string): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await (await directoryOf(name)).getFileHandle(file);
  return new Uint8Array(await (await handle.getFile()).arrayBuffer());
}

/** Changes a byte in the middle of a file of OPFS. */
export async function spoilMiddle(name: string, file: string): Promise<void> {
  const bytes = await readWhole(name, file);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeWhole(name, file, bytes);
}

async function logsOf(name: string): Promise<Record<string, unknown>> {
  const [one, two] = [await readWhole(name, "index-a"), await readWhole(name, "index-b")];
  const same = one.length === two.length && one.every((byte, at) => byte === two[at]);
  return { same, begin: new TextDecoder().decode(one.subarray(8, 60)) };
}

// So that there is soon so much to be told that an image is made.
const LONG = "long-".repeat(40);

/** Writes files one after another, `f0` with a long name in front and so on, each of its own bytes; every third one is replaced, or taken away. */
export async function writeMany(name: string, count: number, bytes: number): Promise<void> {
  const vfs = storeOf(name);
  await vfs.mkdir("/many");
  for (let i = 0; i < count; i++) {
    await vfs.writeFile(`/many/${LONG}f${i}`, new Uint8Array(bytes).fill(i));
    if (i % 3 === 1) await vfs.writeFile(`/many/${LONG}f${i}`, new Uint8Array(bytes + 1).fill(i + 1));
    if (i % 3 === 2) await vfs.rm(`/many/${LONG}f${i}`);
  }
  await vfs.rename(`/many/${LONG}f0`, "/many/renamed");
}

/** What is wrong with what {@link writeMany} has left: one file is read before anything else. */
export async function checkMany(name: string, count: number, bytes: number): Promise<string[]> {
  const vfs = storeOf(name);
  const wrong: string[] = [];
  const check = async (file: string, i: number): Promise<void> => {
    const more = i % 3 === 1 ? 1 : 0;
    const data = await vfs.readFile(`/many/${file}`);
    if (data.length !== bytes + more || !data.every((byte) => byte === ((i + more) & 255))) wrong.push(file);
  };
  const last = count - 1 - ((count - 1) % 3);
  await check(`${LONG}f${last}`, last);
  await check("renamed", 0);
  for (const file of await vfs.readdir("/many"))
    if (file !== "renamed") await check(file, Number(file.slice(LONG.length + 1)));
  const expected = count - Math.floor(count / 3);
  const { length } = await vfs.readdir("/many");
  if (length !== expected) wrong.push(`${length} files, not ${expected}`);
  return wrong;
}
