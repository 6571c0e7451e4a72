import type { VfsError } from "@vfs/core";

/**
 * How long a store asks its callers to wait: what the error says, or the `Retry-After` of the answer that is its cause.
 *
 * @param nowMs The time, for a header that names a date.
 * @returns Milliseconds, or undefined when nothing was asked for.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function retryAfterMs(error: VfsError, nowMs: number): number | undefined {
  if (error.retryAfterMs !== undefined) return error.retryAfterMs;
  const { cause } = error as { cause?: unknown };
  if (!isObject(cause)) return undefined;
  if (typeof cause["retryAfterMs"] === "number") return cause["retryAfterMs"];
  // Where `fetch`, axios and the SDKs of AWS have it.
  for (const holder of [cause, cause["response"], cause["$response"]]) {
    const headers = isObject(holder) ? holder["headers"] : undefined;
    const text = isObject(headers) ? headerOf(headers) : undefined;
    const ms = text === undefined ? undefined : parse(text, nowMs);
    if (ms !== undefined) return ms;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function headerOf(headers: Record<string, unknown>): string | undefined {
  const found =
    typeof headers["get"] === "function"
      ? (headers as { get(name: string): unknown }).get("retry-after")
      : Object.entries(headers).find(([name]) => name.toLowerCase() === "retry-after")?.[1];
  return typeof found === "string" || typeof found === "number" ? String(found) : undefined;
}

function parse(text: string, nowMs: number): number | undefined {
  if (/^\s*\d+(\.\d+)?\s*$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
