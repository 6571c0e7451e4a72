import type { Stats } from "@vfs/core";

const SHORT_UNITS = ["", "K", "M", "G", "T"];
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A number of bytes for people: `1.5 MiB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** The same as short as ls(1) and du(1) have it: `1.5M`. */
export function shortBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < SHORT_UNITS.length - 1; unit++) value /= 1024;
  // Never less than there is.
  const up = unit === 0 || value >= 10 ? Math.ceil(value) : Math.ceil(value * 10) / 10;
  return `${unit > 0 && up < 10 ? up.toFixed(1) : up}${SHORT_UNITS[unit]}`;
}

/** A text whose control characters are written out: `a\\x1b[2Jb`. */
export function escaped(text: string): string {
  return text.replaceAll(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** A word as a shell takes it: `'a b'`. */
export function quoted(word: string): string {
  if (/^[\w./:=@%+,-]+$/.test(word)) return word;
  return process.platform === "win32" ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`;
}

const TYPE_LETTERS = { file: "-", directory: "d", symlink: "l", other: "?" } as const;

/** Type and permissions as ls(1) writes them: `-rw-r--r--`. */
export function modeText({ type, mode }: Stats): string {
  const triple = (bits: number): string =>
    (bits & 4 ? "r" : "-") + (bits & 2 ? "w" : "-") + (bits & 1 ? "x" : "-");
  return TYPE_LETTERS[type] + triple(mode >> 6) + triple(mode >> 3) + triple(mode);
}

/** A time to the second: `2026-11-20 09:30:00`, in UTC. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** Columns that are as wide as their widest cell; those of numbers are set to the right. */
export function columns(rows: readonly (readonly (string | number)[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, String(cell).length);
    });
  return rows
    .map((row) =>
      row
        .map((cell, i) => {
          const width = widths[i] ?? 0;
          return typeof cell === "number" ? String(cell).padStart(width) : cell.padEnd(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** What a program is given of a stat. */
export function statsJson(stats: Stats): object {
  const { type, size, mode, uid, gid, nlink, ino, mtimeMs, etag, contentType, meta } = stats;
  return {
    type,
    size,
    mode: mode & 0o7777,
    uid,
    gid,
    nlink,
    ino,
    mtime: new Date(mtimeMs).toISOString(),
    etag,
    contentType,
    meta,
  };
}
