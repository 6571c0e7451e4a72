import type { It } from "./conform.ts";

const PARTS = 3;

/**
 * An `it` for a composition that differs little from one where every case is run: it registers a third of the cases,
 * chosen by their names, and all of them with `VFS_ALL=1` in the environment.
 *
 * @param which The first, second or last third: 0, 1 or 2. Together they have each case once.
 * @example
 * describe("s3 › conformance › mount", () => conform(part(it, 0), { make, caps, place: "mount", skips }));
 */
export function part(it: It, which: number): It {
  const { process } = globalThis as { process?: { env: Readonly<Record<string, string | undefined>> } };
  if (process?.env["VFS_ALL"] === "1") return it;
  return (name, run) =>
    name.startsWith("skips ›") || hash(name) % PARTS === which ? it(name, run) : undefined;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}
