import type { GrepMatch, Vfs } from "@vfs/core";

/** Bytes that look random and are the same each time. */
export function bytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  const random = randomizer(seed);
  for (let i = 0; i < words.length; i++) words[i] = random(2 ** 32);
  return new Uint8Array(words.buffer, 0, length).slice();
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
