import type { GrepMatch, Vfs } from "@vfs/core";

// As long as was asked for so far, by seed: most cases want the same ones.
const kept = new Map<number, Uint8Array<ArrayBuffer>>();
const MOST_BYTES = 64 << 20;
let keptBytes = 0;

/** Bytes that look random and are the same each time; fewer of the same seed are the start of more. */
export function bytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const known = kept.get(seed);
  if (known !== undefined && known.length >= length) return known.slice(0, length);
  const words = new Uint32Array(Math.ceil(length / 4));
  const random = randomizer(seed);
  for (let i = 0; i < words.length; i++) words[i] = random(2 ** 32);
  const made = new Uint8Array(words.buffer);
  if (keptBytes + made.length > MOST_BYTES) {
    kept.clear();
    keptBytes = 0;
  }
  keptBytes += made.length - (kept.get(seed)?.length ?? 0);
  kept.set(seed, made);
  return made.slice(0, length);
}

/** A source of whole numbers below a bound, the same ones for the same seed (mulberry32). */
export function randomizer(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** The names of what is below a directory, sorted. */
export async function below(vfs: Vfs, path: string): Promise<string[]> {
  return (await vfs.readdir(path, { recursive: true })).sort();
}

/** All values of a sequence. */
export async function all<T>(sequence: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of sequence) values.push(value);
  return values;
}

/** A source that gives its parts and then fails. */
export async function* failing(
  parts: readonly (string | Uint8Array)[],
  reason: Error,
): AsyncGenerator<string | Uint8Array> {
  for (const part of parts) {
    await Promise.resolve();
    yield part;
  }
  throw reason;
}

/** Names that stores get wrong. */
export const ODD_NAMES: readonly string[] = [
  "it's",
  'say "hi"',
  "100%",
  "a_b",
  "a%b",
  "back\\slash",
  "new\nline",
  "tab\there",
  " leading and trailing ",
  "-rf",
  "--help",
  "...",
  "..a",
  ".hidden",
  "~",
  "$HOME",
  "$(id)",
  "`id`",
  "a;b&c|d",
  "<x>",
  "*?[]{}",
  "#hash",
  "name:stream",
  "\u{1f600}emoji",
  "日本語",
  "e\u0301",
  "\u00e9",
  "\u202ertl",
  "\ufeffbom",
  "con",
  "x".repeat(255),
  "é".repeat(127),
];

/** Where lines were found, in the order in which they came: `/a:1`. */
export async function linesOf(found: AsyncIterable<GrepMatch>): Promise<string[]> {
  return (await all(found)).map(({ path, line }) => `${path}:${line}`);
}
