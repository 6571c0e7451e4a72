import { createVfs, type Provider } from "@vfs/core";
import { local } from "@vfs/local";
import { overlay } from "@vfs/layers";
import { memory } from "@vfs/memory";
import { sqlite } from "@vfs/sqlite";
import fs from "node:fs";
import type { Files } from "./files.ts";
import { makeTemporary } from "./kernel.ts";

/** A store with nothing in it, through one of its faces. */
export interface Store {
  readonly files: Files;
  /** `writeFile` puts a new file in the place of the old one. */
  readonly replaces: boolean;
  close(): void | Promise<void>;
}

export type Face = "sync" | "promises";

function open(provider: Provider, face: Face, after: () => void = () => undefined): Store {
  const vfs = createVfs(provider);
  const same = vfs.view({ umask: process.umask() });
  return {
    replaces: provider.caps.keeps !== "inode",
    files: face === "sync" ? same.sync : same,
    close: () => {
      if (face === "promises") return vfs.close().then(after);
      vfs.sync.close();
      return after();
    },
  };
}

/** Any provider, as a store. */
export function storeOf(provider: Provider, face: Face): Store {
  return open(provider, face);
}

/** How each store is made. */
export const STORES = {
  memory: (face: Face) => open(memory(), face),
  overlay: (face: Face) => open(overlay(memory(), memory()), face),
  sqlite: (face: Face) => open(sqlite({ file: ":memory:" }), face),
  local: (face: Face) => {
    const root = makeTemporary();
    fs.chmodSync(root, 0o755);
    return open(local({ root }), face, () => fs.rmSync(root, { recursive: true, force: true }));
  },
} as const;
