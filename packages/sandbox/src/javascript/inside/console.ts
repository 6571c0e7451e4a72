import { host, print } from "./host.ts";
import { format, inspect } from "./inspect.ts";

let indent = "";
const counts = new Map<string, number>();
const started = new Map<string, number>();

// Beyond this, the end of a line is printed by itself rather than put behind a copy of it.
const LONG_CHARS = 65_536;

function line(fd: 1 | 2, text: string): void {
  const shown = indent === "" ? text : indent + text.replaceAll("\n", `\n${indent}`);
  if (shown.length <= LONG_CHARS) return print(fd, `${shown}\n`);
  print(fd, shown);
  print(fd, "\n");
}

function log(...values: unknown[]): void {
  line(1, format(...values));
}

function error(...values: unknown[]): void {
  line(2, format(...values));
}

function elapsed(label: string): string {
  return `${label}: ${(host.now() - (started.get(label) ?? host.now())).toFixed(3)}ms`;
}

/** A table of rows, as `console.table` draws it. */
function table(rows: unknown): void {
  if (typeof rows !== "object" || rows === null) return log(rows);
  const entries = Object.entries(rows as Record<string, unknown>);
  const columns = new Set<string>();
  let hasPlain = false;
  for (const [, row] of entries)
    if (typeof row === "object" && row !== null) for (const key of Object.keys(row)) columns.add(key);
    else hasPlain = true;
  const head = ["(index)", ...columns, ...(hasPlain ? ["Values"] : [])];
  const cell = (row: unknown, key: string): string =>
    typeof row === "object" && row !== null && key in row ? inspect(row[key as never], { depth: 0 }) : "";
  const isPlain = (row: unknown): boolean => typeof row !== "object" || row === null;
  const body = entries.map(([index, row]) => {
    const cells = [index].concat(Array.from(columns, (key) => cell(row, key)));
    if (hasPlain) cells.push(isPlain(row) ? inspect(row) : "");
    return cells;
  });
  const widths = head.map(
    (title, i) => Math.max(title.length, ...body.map((row) => (row[i] ?? "").length)) + 2,
  );
  const drawn = (row: readonly string[]): string =>
    `│${row.map((text, i) => ` ${text}`.padEnd(widths[i] ?? 0)).join("│")}│`;
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => "─".repeat(width)).join(middle) + right;
  log(
    [rule("┌", "┬", "┐"), drawn(head), rule("├", "┼", "┤"), ...body.map(drawn), rule("└", "┴", "┘")].join(
      "\n",
    ),
  );
}

export const console: Record<string, (...values: never[]) => void> = {
  log,
  info: log,
  debug: log,
  error,
  warn: error,
  trace: (...values: unknown[]) =>
    error(`Trace: ${format(...values)}\n${(new Error().stack ?? "").trimEnd()}`),
  dir: (value: unknown, options?: object) => log(inspect(value, options)),
  table,
  assert: (condition: unknown, ...values: unknown[]) => {
    if (condition) return;
    error(values.length === 0 ? "Assertion failed" : `Assertion failed: ${format(...values)}`);
  },
  group: (...values: unknown[]) => {
    if (values.length > 0) log(...values);
    indent += "  ";
  },
  groupEnd: () => {
    indent = indent.slice(2);
  },
  count: (label = "default") => {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    log(`${label}: ${counts.get(label)}`);
  },
  countReset: (label = "default") => void counts.delete(label),
  time: (label = "default") => void started.set(label, host.now()),
  timeLog: (label = "default", ...values: unknown[]) => log(elapsed(label), ...values),
  timeEnd: (label = "default") => {
    log(elapsed(label));
    started.delete(label);
  },
};
