import type * as NodeFs from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Files, Peer } from "../files.ts";
import { asBuffer } from "./as-buffer.ts";
import { drain } from "./ours.ts";

/** The parts of `node:fs` that are raced. */
export type Face = Pick<
  typeof NodeFs,
  | "mkdirSync"
  | "writeFileSync"
  | "readFileSync"
  | "statSync"
  | "readdirSync"
  | "renameSync"
  | "cpSync"
  | "appendFileSync"
  | "openSync"
  | "readSync"
  | "writeSync"
  | "closeSync"
  | "createReadStream"
  | "createWriteStream"
  | "promises"
>;

/** What a peer that looks like `node:fs` cannot do, or not right. */
export interface Lacks {
  /** It has no `cp`. */
  readonly cp?: true;
  /** It takes a Buffer where others take any Uint8Array. */
  readonly bytes?: true;
  /** `promises.open` gives no FileHandle. */
  readonly handles?: true;
}

/** A peer with the face of `node:fs`, by promises and synchronously. `at` puts a path into the peer's own tree. */
export function nodeLike(
  name: string,
  load: (folder: string) => Promise<{ fs: Face; at: (path: string) => string }>,
  lacks: Lacks = {},
): Peer[] {
  return [
    {
      name,
      promises: true,
      make: async (folder) => {
        const { fs, at } = await load(folder);
        return byPromises(fs, at, lacks);
      },
    },
    {
      name: `${name} sync`,
      promises: false,
      make: async (folder) => {
        const { fs, at } = await load(folder);
        return bySync(fs, at, lacks);
      },
    },
  ];
}

function byPromises(fs: Face, at: (path: string) => string, lacks: Lacks): Files {
  const { promises } = fs;
  const bytes = lacks.bytes ? asBuffer : same;
  const files: Files = {
    mkdir: (path) => promises.mkdir(at(path)),
    write: (path, data) => promises.writeFile(at(path), bytes(data)),
    read: (path) => promises.readFile(at(path)),
    stat: (path) => promises.stat(at(path)),
    readdir: async (path) => (await promises.readdir(at(path))).length,
    walk: async (path) => (await promises.readdir(at(path), { recursive: true, withFileTypes: true })).length,
    rename: (from, to) => promises.rename(at(from), at(to)),
    append: (path, data) => promises.appendFile(at(path), bytes(data)),
    writeStream: (path, chunks) =>
      pipeline(Readable.from(chunks, { objectMode: false }), fs.createWriteStream(at(path))),
    readStream: (path, clock) => drain(fs.createReadStream(at(path)) as AsyncIterable<Uint8Array>, clock),
    close: () => undefined,
  };
  if (!lacks.cp) files.copyTree = (from, to) => promises.cp(at(from), at(to), { recursive: true });
  if (!lacks.handles)
    files.open = async (path) => {
      const handle = await promises.open(at(path));
      return {
        read: (into, position) => handle.read(into, 0, into.length, position),
        close: () => handle.close(),
      };
    };
  return files;
}

function bySync(fs: Face, at: (path: string) => string, lacks: Lacks): Files {
  const bytes = lacks.bytes ? asBuffer : same;
  const files: Files = {
    mkdir: (path) => fs.mkdirSync(at(path)),
    write: (path, data) => fs.writeFileSync(at(path), bytes(data)),
    read: (path) => fs.readFileSync(at(path)),
    stat: (path) => fs.statSync(at(path)),
    readdir: (path) => fs.readdirSync(at(path)).length,
    walk: (path) => fs.readdirSync(at(path), { recursive: true, withFileTypes: true }).length,
    rename: (from, to) => fs.renameSync(at(from), at(to)),
    append: (path, data) => fs.appendFileSync(at(path), bytes(data)),
    open: (path) => {
      const fd = fs.openSync(at(path), "r");
      return {
        read: (into, position) => fs.readSync(fd, into, 0, into.length, position),
        close: () => fs.closeSync(fd),
      };
    },
    writeStream: (path, chunks) => {
      const fd = fs.openSync(at(path), "w");
      let position = 0;
      for (const chunk of chunks) position += fs.writeSync(fd, bytes(chunk), 0, chunk.length, position);
      fs.closeSync(fd);
    },
    readStream: (path, clock) => {
      const fd = fs.openSync(at(path), "r");
      const into = Buffer.alloc(64 << 10);
      let position = 0;
      for (let count = -1; count !== 0 && !clock.over(); position += count)
        count = fs.readSync(fd, into, 0, into.length, position);
      fs.closeSync(fd);
      return position;
    },
    close: () => undefined,
  };
  if (!lacks.cp) files.copyTree = (from, to) => fs.cpSync(at(from), at(to), { recursive: true });
  return files;
}

function same(data: Uint8Array): Uint8Array {
  return data;
}
