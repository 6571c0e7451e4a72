import type { Store } from "./store.ts";

/** What is measured, in this order: the store grows meanwhile. Milliseconds; undefined for what a store cannot do. */
export const STEPS = [
  "1,000 writes of 1 KiB",
  "1,000 reads of 1 KiB",
  "1,000 stats",
  "readdir of 5,000",
  "walk of 5,000 files",
  "rename of a folder of 100",
  "64 MiB in",
  "64 MiB out",
] as const;
export const AT_OPEN = "open to first read, 5,000 files";

// What takes minutes with all files is measured with this part of everything but the folder that is renamed.
const PARTS: Readonly<Record<string, number>> = { "ZenFS IndexedDB": 0.1, "ZenFS WebAccess": 0.1 };

/** How much of everything is measured of a store. */
export function partOf(name: string): number {
  return PARTS[name] ?? 1;
}

export type Figures = Record<string, number | undefined>;

const SMALL = 1000;
const FLAT = 5000;
const FOLDERS = 50;
const EACH = 100;
const CHUNK = new Uint8Array(1 << 20).fill(7);
const CHUNKS = 64;
const AT_ONCE = 50;

/** Measures one store, which is empty. */
export async function measureAll(store: Store, fill: Store["fill"] | undefined, part = 1): Promise<Figures> {
  const figures: Figures = {};
  const timed = async (what: (typeof STEPS)[number], action: () => Promise<unknown>): Promise<void> => {
    const startMs = performance.now();
    await action();
    figures[what] = performance.now() - startMs;
  };
  const small = new Uint8Array(1024).fill(1);
  const each = async (action: (path: string) => Promise<unknown>): Promise<void> => {
    for (let i = 0; i < SMALL * part; i++) await action(`/small/f${i}`);
  };
  const chunks = Math.floor(CHUNKS * part);
  await store.mkdir("/small");
  await timed("1,000 writes of 1 KiB", () => each((path) => store.write(path, small)));
  await timed("1,000 reads of 1 KiB", () => each((path) => store.read(path)));
  await timed("1,000 stats", () => each((path) => store.stat(path)));
  if (fill === undefined) await fillStore(store, store.fill, part);
  await timed("readdir of 5,000", () => counted(store.readdir("/flat"), FLAT * part));
  await timed("walk of 5,000 files", () => counted(store.walk("/tree"), FOLDERS * part * EACH));
  const { rename } = store;
  if (rename !== undefined) await timed("rename of a folder of 100", () => rename("/tree/d0", "/tree/moved"));
  await timed("64 MiB in", () => store.streamIn("/big", CHUNK, chunks));
  await timed("64 MiB out", () => counted(store.streamOut("/big"), CHUNK.length * chunks));
  return figures;
}

/** Makes the two trees of 5,000 files. */
export async function fillStore(store: Store, fill: Store["fill"] | undefined, part = 1): Promise<void> {
  const data = new Uint8Array(16);
  const fillFolder = async (folder: string, count: number): Promise<void> => {
    await store.mkdir(folder);
    if (fill !== undefined) return void (await fill(folder, count));
    for (let at = 0; at < count; at += AT_ONCE)
      await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, i) =>
          store.write(`${folder}/f${at + i}`, data),
        ),
      );
  };
  await fillFolder("/flat", FLAT * part);
  await store.mkdir("/tree");
  for (let i = 0; i < FOLDERS * part; i++) await fillFolder(`/tree/d${i}`, EACH);
}

async function counted(coming: Promise<number>, expected: number): Promise<void> {
  const count = await coming;
  if (count !== expected) throw new Error(`expected ${expected}, got ${count}`);
}
