import type nodeFs from "node:fs";

/** One call that both sides make: in a directory of their own, in each of the three ways. */
export interface Row {
  /** As `fs.promises` names it. */
  readonly call: string;
  /** What it is given, in the directory `at`. */
  readonly args: (at: string, fs: typeof nodeFs) => unknown[];
  /** In what it differs from the other rows of the call. */
  readonly what: string;
  /** The ways in which it is made; all unless told. */
  readonly ways?: readonly Way[];
}

/** Ways to call. */
export type Way = "promise" | "callback" | "sync";

/** Rows, and how to add one. */
export interface Table {
  readonly rows: Row[];
  readonly row: (call: string, what: string, args: Row["args"], ways?: readonly Way[]) => void;
}

/** A table without rows. */
export function newTable(): Table {
  const rows: Row[] = [];
  return {
    rows,
    row: (call, what, args, ways) => rows.push({ call, what, args, ...(ways === undefined ? {} : { ways }) }),
  };
}

/** A value in the name of a test. */
export function shown(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return value.map(shown).join();
  if (value instanceof Date) return "a Date";
  return typeof value === "object" && value !== null ? "{}" : String(value);
}
