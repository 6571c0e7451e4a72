import type { Files, Peer } from "../files.ts";

/** What just-bash and Cloudflare's shell share: whole files, by promises. */
interface BashFs {
  mkdir(path: string): Promise<unknown>;
  write(path: string, data: Uint8Array): Promise<unknown>;
  read(path: string): Promise<Uint8Array>;
  stat(path: string): Promise<unknown>;
  readdir(path: string): Promise<readonly unknown[]>;
  readdirWithFileTypes(
    path: string,
  ): Promise<readonly { readonly name: string; readonly isDirectory: boolean }[]>;
  mv(from: string, to: string): Promise<unknown>;
  cp(from: string, to: string, options: { recursive: boolean }): Promise<unknown>;
  appendFile(path: string, data: Uint8Array): Promise<unknown>;
}

const CHUNK_BYTES = 64 << 10;

/** A peer for shells: it has neither streams nor handles, so that those are whole files, cut into chunks. */
export function bashLike(name: string, load: () => Promise<BashFs>): Peer {
  return {
    name,
    promises: true,
    make: async () => {
      const fs = await load();
      const walk = async (path: string): Promise<number> => {
        let found = 0;
        for (const { name: child, isDirectory } of await fs.readdirWithFileTypes(path))
          found += isDirectory ? 1 + (await walk(`${path === "/" ? "" : path}/${child}`)) : 1;
        return found;
      };
      return {
        mkdir: (path) => fs.mkdir(path),
        write: (path, data) => fs.write(path, data),
        read: (path) => fs.read(path),
        stat: (path) => fs.stat(path),
        readdir: async (path) => (await fs.readdir(path)).length,
        walk,
        rename: (from, to) => fs.mv(from, to),
        copyTree: (from, to) => fs.cp(from, to, { recursive: true }),
        append: (path, data) => fs.appendFile(path, data),
        open: async (path) => ({
          read: async (into, position) =>
            into.set((await fs.read(path)).subarray(position, position + into.length)),
          close: () => undefined,
        }),
        writeStream: (path, chunks) => fs.write(path, new Uint8Array(Buffer.concat([...chunks]))),
        readStream: async (path, clock) => {
          const whole = await fs.read(path);
          let at = 0;
          // Its consumer gets chunks of its own, as from everybody else.
          while (at < whole.length && !clock.over()) at += whole.slice(at, at + CHUNK_BYTES).length;
          return at;
        },
        close: () => undefined,
      } satisfies Files;
    },
  };
}
