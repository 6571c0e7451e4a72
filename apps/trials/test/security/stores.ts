import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs, type Provider, type Vfs } from "@vfs/core";
import { overlay } from "@vfs/layers";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { sqlite } from "@vfs/sqlite";

export const SECRET = "SECRET-7f3a";

/** A store of a kind, with what must not be reached in it, and who may do everything. */
export interface Guarded {
  readonly store: Provider;
  readonly owner: Vfs;
  readonly close: () => Promise<void>;
}

type Make = () => Provider | Promise<Provider>;

/** The stores that the rules must hold on. */
const MAKERS: Readonly<Record<string, (folder: string) => Make>> = {
  memory: () => memory,
  sqlite: () => () => sqlite({ file: ":memory:" }),
  local: (folder) => () => local({ root: mkdtempSync(join(folder, "local-")) }),
  overlay: () => async () => {
    const lower = memory();
    const below = createVfs(lower, { keepOpen: true });
    await fill(below);
    return overlay(lower, memory());
  },
};

export const STORES: readonly string[] = Object.keys(MAKERS);

/** A folder of the host for a file of tests, and how to take it away. */
export function hostFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "vfs-evasions-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** An empty store. */
export function emptyStore(): Provider {
  return memory();
}

/** A store of a kind with the secret in it. */
export async function guarded(kind: string, folder: string): Promise<Guarded> {
  const store = await MAKERS[kind]?.(folder)();
  if (store === undefined) throw new Error(`there is no store "${kind}"`);
  const owner = createVfs(store, { keepOpen: true });
  if (!(await owner.exists("/secret"))) await fill(owner);
  return {
    store,
    owner,
    close: async () => {
      await owner.close();
      await store.close?.();
    },
  };
}

async function fill(vfs: Vfs): Promise<void> {
  await vfs.mkdir("/secret/sub", { recursive: true });
  await vfs.mkdir("/open/dir", { recursive: true });
  await vfs.writeFile("/secret/key.txt", SECRET);
  await vfs.writeFile("/secret/sub/deep.txt", SECRET);
  await vfs.writeFile("/open/notes.txt", "notes");
}

/** All that is below a directory: names, content and attributes. */
export async function picture(vfs: Vfs, path: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const entry of await vfs.readdir(path, { recursive: true, withFileTypes: true })) {
    const { mode, mtimeMs, nlink, meta } = await vfs.lstat(entry.path);
    const content = entry.type === "file" ? await vfs.readFile(entry.path, "utf8") : "";
    found[entry.path] = { type: entry.type, content, mode, mtimeMs, nlink, meta };
  }
  return found;
}

/** Where else than in `/secret` the secret is: what was copied out of it. */
export async function leaks(vfs: Vfs): Promise<string[]> {
  const found: string[] = [];
  for await (const { path } of vfs.grep("/", SECRET)) if (!path.startsWith("/secret/")) found.push(path);
  return found;
}

/** Whatever something is, as text. */
export function asText(value: unknown): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  const look = (one: unknown): void => {
    if (typeof one === "string" || typeof one === "number" || typeof one === "bigint")
      parts.push(String(one));
    if (typeof one !== "object" || one === null || seen.has(one)) return;
    seen.add(one);
    if (one instanceof Uint8Array) parts.push(Buffer.from(one).toString("latin1"));
    else for (const key of Reflect.ownKeys(one)) look((one as Record<PropertyKey, unknown>)[key]);
    if (one instanceof Error) look(one.message);
  };
  look(value);
  return parts.join(" ");
}
