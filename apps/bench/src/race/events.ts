import type { Awaitable } from "@vfs/core";
import type { Clock, Files, OpenedFile } from "./files.ts";

/** What the peers do against one another. */
export interface Event {
  readonly name: string;
  /** What is counted: `files`, `MiB`. */
  readonly unit: string;
  /** How many steps there are at the most. */
  readonly steps: number;
  /** How many steps are under way at once, for peers that answer with promises. */
  readonly atOnce?: number;
  /** Only for peers that answer with promises. */
  readonly promisesOnly?: true;
  /** Whether the peer has what this takes. */
  fits(files: Files): boolean;
  /** Puts there what is needed: not timed. Answers what each step is given. */
  prepare(files: Files): Promise<unknown>;
  /** Takes away what was prepared: not timed. */
  finish?(prepared: unknown): Awaitable<unknown>;
  /** Answers how many units it did. */
  step(files: Files, index: number, clock: Clock, prepared: unknown): Awaitable<unknown>;
  /** How many units a step has, where the step does not answer it. */
  readonly weight: number;
}

const KIB = new Uint8Array(1024).fill(7);
const FILES = 5000;
const FOLDERS = 100;
const NAMES: readonly string[] = Array.from({ length: FILES }, (_, i) => `/d${i % FOLDERS}/f${i}`);
const STREAM_BYTES = 256 << 20;
const CHUNK = new Uint8Array(64 << 10).fill(9);
const LARGE_BYTES = 64 << 20;
const DEEP: string = "/deep".repeat(16);
const DEEP_NAMES: readonly string[] = Array.from({ length: 100 }, (_, i) => `${DEEP}/f${i}`);
const PAGE = new Uint8Array(4096);
const PLACES: readonly number[] = places(2000);

const always = (): boolean => true;

const FIFTY = { atOnce: 50, promisesOnly: true } as const;

const WRITE: Event = {
  name: "write",
  unit: "files",
  steps: FILES,
  weight: 1,
  fits: always,
  prepare: makeFolders,
  step: (files, i) => files.write(nameAt(i), KIB),
};

const READ: Event = {
  name: "read",
  unit: "files",
  steps: FILES,
  weight: 1,
  fits: always,
  prepare: makeFiles,
  step: (files, i) => files.read(nameAt(i)),
};

export const EVENTS: readonly Event[] = [
  WRITE,
  { ...WRITE, name: "write, 50 at once", ...FIFTY },
  READ,
  { ...READ, name: "read, 50 at once", ...FIFTY },
  {
    name: "stat",
    unit: "stats",
    steps: FILES,
    weight: 1,
    fits: always,
    prepare: makeFiles,
    step: (files, i) => files.stat(nameAt(i)),
  },
  {
    name: "readdir",
    unit: "entries",
    steps: 20,
    weight: FILES,
    fits: (files) => files.readdir !== undefined,
    prepare: (files) => makeFolder(files, FILES),
    step: (files) => files.readdir?.("/folder"),
  },
  {
    name: "walk",
    unit: "files",
    steps: 10,
    weight: FILES,
    fits: (files) => files.walk !== undefined,
    prepare: makeFiles,
    step: (files) => files.walk?.("/"),
  },
  {
    name: "rename folder",
    unit: "renames",
    steps: 400,
    weight: 1,
    fits: (files) => files.rename !== undefined,
    prepare: (files) => makeFolder(files, 1000),
    step: (files, i) =>
      i % 2 === 0 ? files.rename?.("/folder", "/moved") : files.rename?.("/moved", "/folder"),
  },
  {
    name: "copy folder",
    unit: "files",
    steps: 4,
    weight: 1000,
    fits: (files) => files.copyTree !== undefined,
    prepare: (files) => makeFolder(files, 1000),
    step: (files, i) => files.copyTree?.("/folder", `/copy${i}`),
  },
  {
    name: "append",
    unit: "appends",
    steps: 1000,
    weight: 1,
    fits: (files) => files.append !== undefined,
    prepare: async (files) => files.write("/log", KIB),
    step: (files) => files.append?.("/log", KIB),
  },
  {
    name: "random read",
    unit: "reads",
    steps: PLACES.length,
    weight: 1,
    fits: (files) => files.open !== undefined,
    prepare: openLarge,
    finish: (opened) => (opened as OpenedFile).close(),
    step: (_, i, __, opened) => (opened as OpenedFile).read(PAGE, PLACES[i] ?? 0),
  },
  {
    name: "stream in",
    unit: "MiB",
    steps: 1,
    weight: 0,
    fits: (files) => files.writeStream !== undefined,
    prepare: async () => undefined,
    step: (files, _, clock) => streamIn(files, clock),
  },
  {
    name: "stream out",
    unit: "MiB",
    steps: 1,
    weight: 0,
    fits: (files) => files.writeStream !== undefined && files.readStream !== undefined,
    prepare: async (files) => files.writeStream?.("/large", chunks(STREAM_BYTES)),
    step: (files, _, clock) => inMiB(files.readStream?.("/large", clock) ?? 0),
  },
  {
    name: "stat, 16 deep",
    unit: "stats",
    steps: 50_000,
    weight: 1,
    fits: always,
    prepare: makeDeep,
    step: (files, i) => files.stat(DEEP_NAMES[i % DEEP_NAMES.length] ?? ""),
  },
];

async function makeFolders(files: Files): Promise<void> {
  for (let i = 0; i < FOLDERS; i++) await files.mkdir(`/d${i}`);
}

async function makeFiles(files: Files): Promise<void> {
  await makeFolders(files);
  await writeAll(files, NAMES);
}

async function makeFolder(files: Files, count: number): Promise<void> {
  await files.mkdir("/folder");
  await writeAll(
    files,
    Array.from({ length: count }, (_, i) => `/folder/f${i}`),
  );
}

async function makeDeep(files: Files): Promise<void> {
  for (let depth = 1; depth <= 16; depth++) await files.mkdir("/deep".repeat(depth));
  await writeAll(files, DEEP_NAMES);
}

async function writeAll(files: Files, names: readonly string[]): Promise<void> {
  for (let i = 0; i < names.length; i += 50)
    await Promise.all(names.slice(i, i + 50).map(async (name) => files.write(name, KIB)));
}

async function openLarge(files: Files): Promise<OpenedFile | undefined> {
  if (files.writeStream === undefined) await files.write("/large", new Uint8Array(LARGE_BYTES).fill(9));
  else await files.writeStream("/large", chunks(LARGE_BYTES));
  return files.open?.("/large");
}

function streamIn(files: Files, clock: Clock): Awaitable<number> {
  let given = 0;
  function* source(): Generator<Uint8Array> {
    for (; given < STREAM_BYTES && !clock.over(); given += CHUNK.length) yield CHUNK;
  }
  const done = files.writeStream?.("/large", source());
  return done instanceof Promise ? done.then(() => given / 2 ** 20) : given / 2 ** 20;
}

function inMiB(bytes: Awaitable<number>): Awaitable<number> {
  return typeof bytes === "number" ? bytes / 2 ** 20 : bytes.then((count) => count / 2 ** 20);
}

function* chunks(total: number): Generator<Uint8Array> {
  for (let given = 0; given < total; given += CHUNK.length) yield CHUNK;
}

function nameAt(index: number): string {
  return NAMES[index] ?? "";
}

/** The same places in each run. */
function places(count: number): number[] {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (state % (LARGE_BYTES / 4096)) * 4096;
  });
}
