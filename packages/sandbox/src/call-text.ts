import { fromBase64, toBase64 } from "./base64.ts";

// JSON in which bytes have a place: `{ "~bytes": "base64" }`. A key that begins with "~" by itself gets one more.

const BYTES = "~bytes";

/**
 * Writes what a host function is called with or answers; what JSON knows nothing of becomes `null`.
 *
 * @throws TypeError for what JSON cannot say: a circle, a bigint.
 */
export function writeCallText(value: unknown): string {
  return JSON.stringify(value ?? null, replace) ?? "null";
}

/** Reads it: bytes are a `Uint8Array`. */
export function readCallText(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => revive(value)) as unknown;
}

function replace(this: unknown, key: string, value: unknown): unknown {
  // A Buffer has made something else of itself by now.
  const original = (this as Record<string, unknown>)[key];
  if (original instanceof ArrayBuffer) return { [BYTES]: toBase64(new Uint8Array(original)) };
  if (ArrayBuffer.isView(original)) {
    const { buffer, byteOffset, byteLength } = original;
    return { [BYTES]: toBase64(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)) };
  }
  return isPlain(value) && Object.keys(value).some(isMarked) ? renamed(value, (name) => `~${name}`) : value;
}

function revive(value: unknown): unknown {
  if (!isPlain(value)) return value;
  const names = Object.keys(value);
  const bytes = value[BYTES];
  if (names.length === 1 && typeof bytes === "string") return fromBase64(bytes);
  return names.some(isMarked) ? renamed(value, (name) => name.slice(1)) : value;
}

function renamed(value: Record<string, unknown>, rename: (name: string) => string): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [isMarked(name) ? rename(name) : name, item]),
  );
}

function isMarked(name: string): boolean {
  return name.startsWith("~");
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
