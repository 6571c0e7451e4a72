import { InMemoryFs as CloudflareFs } from "@cloudflare/shell";
import { configureSingle, fs as zenfs, InMemory } from "@zenfs/core";
import { InMemoryFs as JustBashFs } from "just-bash";
import { createFsFromVolume, Volume } from "memfs";
import * as node from "node:fs";
import { join } from "node:path";
import type { Peer } from "../files.ts";
import { bashLike } from "./bash-like.ts";
import { nodeLike, type Face } from "./node-like.ts";

/** The host's own files, in the folder of the race: on disk, or on a tmpfs. */
export const nodeFs: readonly Peer[] = nodeLike("node:fs", async (folder) => ({
  fs: node,
  at: (path) => join(folder, path),
}));

export const memfs: readonly Peer[] = nodeLike("memfs", async () => ({
  fs: createFsFromVolume(new Volume()) as unknown as Face,
  at: asIs,
}));

export const zen: readonly Peer[] = nodeLike("zenfs InMemory", async () => {
  await configureSingle({ backend: InMemory });
  return { fs: zenfs as unknown as Face, at: asIs };
});

/** Node's own, behind `--experimental-vfs`. */
export const nodeVfs: readonly Peer[] = nodeLike(
  "node:vfs memory",
  async () => {
    // Not imported by name: Node knows it behind the flag only.
    const name = "node:vfs";
    const vfs = (await import(name)) as {
      create(provider: unknown): unknown;
      MemoryProvider: new () => unknown;
    };
    return { fs: vfs.create(new vfs.MemoryProvider()) as Face, at: asIs };
  },
  { cp: true, bytes: true, handles: true },
);

export const shells: readonly Peer[] = [
  bashLike("just-bash", async () => {
    const fs = new JustBashFs();
    return {
      mkdir: (path) => fs.mkdir(path),
      write: (path, data) => fs.writeFile(path, data),
      read: (path) => fs.readFileBuffer(path),
      stat: (path) => fs.stat(path),
      readdir: (path) => fs.readdir(path),
      readdirWithFileTypes: (path) => fs.readdirWithFileTypes(path),
      mv: (from, to) => fs.mv(from, to),
      cp: (from, to, options) => fs.cp(from, to, options),
      appendFile: (path, data) => fs.appendFile(path, data),
    };
  }),
  bashLike("cloudflare shell", async () => {
    const fs = new CloudflareFs();
    return {
      mkdir: (path) => fs.mkdir(path),
      write: (path, data) => fs.writeFileBytes(path, data),
      read: (path) => fs.readFileBytes(path),
      stat: (path) => fs.stat(path),
      readdir: (path) => fs.readdir(path),
      readdirWithFileTypes: async (path) =>
        (await fs.readdirWithFileTypes(path)).map(({ name, type }) => ({
          name,
          isDirectory: type === "directory",
        })),
      mv: (from, to) => fs.mv(from, to),
      cp: (from, to, options) => fs.cp(from, to, options),
      appendFile: (path, data) => fs.appendFile(path, data),
    };
  }),
];

function asIs(path: string): string {
  return path;
}
