import { VfsError } from "@vfs/core";

/** What a page is served with so that it may share memory with its workers. */
const HEADERS: readonly (readonly [name: string, values: readonly string[]])[] = [
  ["Cross-Origin-Opener-Policy", ["same-origin"]],
  ["Cross-Origin-Embedder-Policy", ["require-corp", "credentialless"]],
];

/**
 * Says what is missing where a page cannot share memory with its workers.
 *
 * @throws VfsError `ENOTSUP`.
 * @see https://developer.mozilla.org/docs/Web/API/Window/crossOriginIsolated
 */
export async function requireIsolation(): Promise<void> {
  if (globalThis.crossOriginIsolated) return;
  throw new VfsError("ENOTSUP", { syscall: "start", hint: await whatIsMissing() });
}

async function whatIsMissing(): Promise<string> {
  const what = "code works on files by memory that the page shares with a worker";
  if (!globalThis.isSecureContext) return `${what}, which needs a secure context: https, or localhost`;
  const served = await headersOfPage();
  const missing = HEADERS.filter(([name, values]) => !values.includes(served?.get(name)?.trim() ?? "")).map(
    ([name, [value]]) => `${name}: ${value}`,
  );
  if (missing.length > 0) return `${what}: serve the page with ${missing.join(" and ")}`;
  return `${what}: the page that embeds this one must be served with the same headers, and its frame must have allow="cross-origin-isolated"`;
}

/** The headers that this page has come with, as far as they can be asked for again. */
async function headersOfPage(): Promise<Headers | undefined> {
  try {
    return (await fetch(globalThis.location.href, { method: "HEAD" })).headers;
  } catch {
    return undefined;
  }
}
