import fc from "fast-check";
import { constants, type Flags } from "@vfs/core";
import type { HowToCopy, HowToWrite } from "./files.ts";
import { paths, targets } from "./names.ts";

/** Content in short: so many bytes that begin with `first` and count on from there. */
export interface Content {
  readonly length: number;
  readonly first: number;
}

/** One step of a sequence. Plain data, so that what has shrunk can be read, and given again. */
export type Operation =
  | { op: "writeFile"; path: string; data: Content; options: HowToWrite }
  | { op: "appendFile"; path: string; data: Content; options: { mode?: number } }
  | { op: "readFile"; path: string; options: { start?: number; end?: number } }
  | { op: "truncate"; path: string; size: number }
  | { op: "copyFile"; path: string; to: string; mode: number }
  | { op: "cp"; path: string; to: string; options: HowToCopy }
  | { op: "mkdir"; path: string; options: { recursive?: boolean; mode?: number } }
  | { op: "mkdtemp" | "opendir" | "rmdir" | "unlink" | "readlink" | "realpath"; path: string }
  | { op: "stat" | "lstat" | "exists" | "statfs"; path: string }
  | { op: "rm"; path: string; options: { recursive?: boolean; force?: boolean } }
  | { op: "rename" | "link"; path: string; to: string }
  | { op: "symlink"; target: string; path: string }
  | { op: "access" | "chmod"; path: string; mode: number }
  | { op: "readdir"; path: string; recursive: boolean; types: boolean }
  | { op: "utimes" | "lutimes"; path: string; seconds: number }
  | { op: "open"; slot: number; path: string; flags: Flags | number; mode: number }
  | { op: "read"; slot: number; length: number; position: number | null }
  | { op: "write"; slot: number; data: Content; position: number | null }
  | { op: "ftruncate"; slot: number; size: number }
  | { op: "fchmod"; slot: number; mode: number }
  | { op: "futimes"; slot: number; seconds: number }
  | { op: "fstat" | "fsync" | "fdatasync" | "close"; slot: number }
  /** Gives everything a time of its own, so that what is touched afterwards can be told. */
  | { op: "stamp" };

const isRoot = process.getuid?.() === 0;

const length = fc.oneof(
  { weight: 8, arbitrary: fc.nat(12) },
  { weight: 1, arbitrary: fc.constantFrom(0, 4096, 8191, 8192, 8193, 20_000) },
);
const data = fc.record({ length, first: fc.nat(255) });
const size = fc.oneof(
  { weight: 30, arbitrary: length },
  { weight: 1, arbitrary: fc.constantFrom(65_536, 300_000, 1_100_000) },
);
const position = fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 3, arbitrary: size });
// Who is not root must keep access to its own files, and may lose the set-id bits.
const mode = fc
  .oneof(fc.constantFrom(0o644, 0o755, 0o600, 0o1777, 0o4755, 0o2755, 0o000, 0o444, 0o7777), fc.nat(0o7777))
  .map((bits) => (isRoot ? bits : (bits & 0o777) | 0o700));
/** Seconds since 1970 that every file system of the kernel can hold, exact to the microsecond. */
const seconds = fc.oneof(
  fc.constantFrom(
    0,
    1,
    1.5,
    -1,
    -1.5,
    -86_400.25,
    1_234_567_890.123456,
    1e9 + 0.000001,
    4_294_967_296.5,
    1.5e10,
  ),
  fc.integer({ min: -2_000_000_000, max: 4_000_000_000 }),
);
const textFlags: readonly Flags[] = [
  "r",
  "rs",
  "r+",
  "rs+",
  "w",
  "wx",
  "w+",
  "wx+",
  "a",
  "ax",
  "a+",
  "ax+",
  "as",
  "as+",
];
const { O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_SYNC, O_DSYNC } = constants;
const numericFlags = fc
  .tuple(fc.nat(2), fc.subarray([O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_SYNC, O_DSYNC]))
  // Exclusive without creating means nothing that POSIX defines.
  .map(([access, bits]) =>
    (bits.includes(O_EXCL) ? [...bits, O_CREAT] : bits).reduce((all, bit) => all | bit, access),
  );
const flags = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Flags>("r", "r+", "w+", "a+") },
  { weight: 2, arbitrary: fc.constantFrom(...textFlags) },
  { weight: 2, arbitrary: numericFlags },
);
const slot = fc.nat(1);
const maybe = { requiredKeys: [] };
const path = paths;

const how = fc.record(
  { flag: fc.constantFrom<Flags>("w", "w", "wx", "a", "ax", "r+", "w+", "a+"), mode },
  maybe,
);
const howToCopy = fc.record(
  {
    recursive: fc.boolean(),
    force: fc.boolean(),
    errorOnExist: fc.boolean(),
  },
  maybe,
);

type Weighted = { weight: number; arbitrary: fc.Arbitrary<Operation> };

function kind<T extends Operation["op"]>(
  weight: number,
  op: T | readonly T[],
  fields: { [K in Exclude<keyof Extract<Operation, { op: T }>, "op">]: fc.Arbitrary<unknown> },
): Weighted {
  const ops = Array.isArray(op) ? (op as readonly T[]) : [op as T];
  return {
    weight,
    arbitrary: fc.record({ op: fc.constantFrom(...ops), ...fields }) as fc.Arbitrary<Operation>,
  };
}

/** Steps on names that are done in one go. */
const SINGLE: readonly Weighted[] = [
  kind(4, "readFile", {
    path,
    options: fc.oneof(
      fc.constant({}),
      fc
        .tuple(size, size)
        .map(([one, other]) => ({ start: Math.min(one, other), end: Math.max(one, other) })),
    ),
  }),
  kind(3, "truncate", { path, size }),
  kind(3, ["opendir", "rmdir", "unlink", "readlink", "realpath"], { path }),
  kind(6, ["rmdir", "unlink", "realpath"], { path }),
  kind(6, ["stat", "lstat"], { path }),
  kind(12, ["rename", "link"], { path, to: path }),
];

/** The same, as they have a place in an order: done wholly before another, or wholly after. */
const SINGLE_ONLY: readonly Weighted[] = [
  kind(3, "appendFile", { path, data, options: fc.constant({}) }),
  kind(10, "writeFile", {
    path,
    data,
    // No mode: in local, of two who make a file at once, the last gives it its bits as well as its content.
    options: fc.record({ flag: fc.constantFrom<Flags>("w", "wx", "a") }, maybe),
  }),
  kind(12, "mkdir", { path, options: fc.record({ mode }, maybe) }),
  kind(4, "readdir", { path, recursive: fc.constant(false), types: fc.boolean() }),
];

const REST: readonly Weighted[] = [
  kind(3, "appendFile", { path, data, options: fc.record({ mode }, maybe) }),
  kind(10, "writeFile", { path, data, options: how }),
  kind(4, "copyFile", { path, to: path, mode: fc.constantFrom(0, constants.COPYFILE_EXCL) }),
  kind(10, "mkdir", { path, options: fc.record({ recursive: fc.boolean(), mode }, maybe) }),
  kind(4, "readdir", { path, recursive: fc.boolean(), types: fc.boolean() }),
  kind(3, "cp", { path, to: path, options: howToCopy }),
  kind(1, ["mkdtemp", "exists", "statfs"], { path }),
  kind(2, ["exists"], { path }),
  kind(4, "rm", { path, options: fc.record({ recursive: fc.boolean(), force: fc.boolean() }, maybe) }),
  kind(9, "symlink", { target: targets, path }),
  kind(2, "access", { path, mode: fc.nat(7) }),
  kind(3, "chmod", { path, mode }),
  kind(3, ["utimes", "lutimes"], { path, seconds }),
  kind(10, "open", { slot, path, flags, mode }),
  kind(8, "read", { slot, length: size.map((bytes) => bytes + 1), position }),
  kind(10, "write", { slot, data, position }),
  kind(2, "ftruncate", { slot, size }),
  kind(1, "fchmod", { slot, mode }),
  kind(1, "futimes", { slot, seconds }),
  kind(5, ["fstat", "fsync", "fdatasync", "close"], { slot }),
];

// It takes some ms.
const stamp: Weighted = { weight: 0.05, arbitrary: fc.constant<Operation>({ op: "stamp" }) };

/** Any step. */
export const operations: fc.Arbitrary<Operation> = fc.oneof(...[...SINGLE, ...REST, stamp].map(whole));

/** Steps that are done in one go, so that they have a place in an order. */
export const singleSteps: fc.Arbitrary<Operation> = fc.oneof(...[...SINGLE, ...SINGLE_ONLY].map(whole));

/** fast-check takes whole numbers. */
function whole({ weight, arbitrary }: Weighted): Weighted {
  return { weight: Math.round(weight * 20), arbitrary };
}

/** The bytes that a {@link Content} stands for. */
export function bytesOf({ length: count, first }: Content): Uint8Array {
  return Uint8Array.from({ length: count }, (_, at) => first + at);
}
