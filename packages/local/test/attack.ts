import { isVfsError, type Provider, type Vfs } from "@vfs/core";
import { createVfs } from "@vfs/core";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SECRET = "the planted secret";
const SWAPPER = fileURLToPath(new URL("children/swapper.ts", import.meta.url));

/** What came of an attack. */
export interface Outcome {
  /** How often names were swapped while the store worked on them. */
  readonly swaps: number;
  /** How many calls went well: those that only fail attack nothing. */
  readonly successes: number;
  /** What was seen of the place outside, and what became different there. */
  readonly harm: readonly string[];
  /** How many descriptors more this process has than before. */
  readonly descriptors: number;
}

/** Lets a store work on names that another process swaps for links to a place outside, and looks what came of it. */
export async function attack(
  folder: string,
  make: (root: string) => Provider,
  rounds: number,
): Promise<Outcome> {
  const root = join(folder, "root");
  const outside = join(folder, "outside");
  layOut(root, outside);
  const before = describe(outside);
  const descriptors = countDescriptors();
  const swapper = fork(SWAPPER, [root, outside]);
  const harm = new Set<string>();
  let successes = 0;
  let swaps = 0;
  try {
    await once(swapper, "message");
    const vfs = createVfs(make(root));
    for (let round = 0; round < rounds; round++) successes += await tryAll(vfs, round, harm);
    await tried(() => vfs.close());
    swaps = await stop(swapper);
  } finally {
    const gone = once(swapper, "exit");
    swapper.kill("SIGKILL");
    await gone;
  }
  const after = describe(outside);
  for (const [path, was] of before)
    if (after.get(path) !== was) harm.add(`${path}: ${was} -> ${after.get(path)}`);
  for (const path of after.keys()) if (!before.has(path)) harm.add(`${path} was made`);
  return { swaps, successes, harm: [...harm], descriptors: countDescriptors() - descriptors };
}

function countDescriptors(): number {
  return fs.readdirSync("/proc/self/fd").length;
}

function caught(action: () => void): boolean {
  try {
    action();
    return false;
  } catch (reason) {
    if (!isVfsError(reason)) throw reason;
    return true;
  }
}

async function stop(swapper: ChildProcess): Promise<number> {
  const told = once(swapper, "message") as Promise<[{ swaps: number }]>;
  swapper.send("stop");
  const [{ swaps }] = await told;
  return swaps;
}

function layOut(root: string, outside: string): void {
  for (const directory of ["d/sub", "x/y/sub", "e", "own"])
    fs.mkdirSync(join(root, directory), { recursive: true });
  for (const directory of ["sub", "x/y/sub"]) fs.mkdirSync(join(outside, directory), { recursive: true });
  for (const directory of ["", "sub", "x/y", "x/y/sub"])
    for (const name of ["f", "secret"])
      fs.writeFileSync(join(outside, directory, name), SECRET, { mode: 0o600 });
  // Long ago: a file system that notes reading at all notes it then.
  for (const path of walk(outside)) fs.utimesSync(path, 1000, 1000);
}

/** Everything outside, with all that a call could change. */
function describe(outside: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const path of walk(outside)) {
    const { ino, mode, nlink, uid, size, mtimeMs, ctimeMs, atimeMs } = fs.lstatSync(path);
    const directory = fs.lstatSync(path).isDirectory();
    found.set(
      path,
      JSON.stringify({ ino, mode, nlink, uid, size, mtimeMs, ctimeMs, atimeMs: directory ? 0 : atimeMs }),
    );
  }
  return found;
}

function walk(top: string): string[] {
  return [top, ...fs.readdirSync(top, { recursive: true, encoding: "utf8" }).map((name) => join(top, name))];
}

/** Each call once on each attacked path; answers how many went well. */
async function tryAll(vfs: Vfs, round: number, harm: Set<string>): Promise<number> {
  let successes = 0;
  for (const directory of ["/d", "/x/y", "/d/sub", "/x/y/sub", "/e"]) {
    for (const [what, call] of Object.entries(callsOn(vfs, directory, round)))
      if (await tried(async () => note(await call(), `${what} in ${directory}`, harm))) successes++;
  }
  return successes;
}

/** Whether it went well; that names are gone, or are links by now, is what an attack brings. */
async function tried(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (reason) {
    if (!isVfsError(reason)) throw reason;
    return false;
  }
}

function note(value: unknown, what: string, harm: Set<string>): void {
  const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : JSON.stringify(value ?? "");
  if (text.includes(SECRET) || text.includes("secret")) harm.add(`${what} saw ${text.slice(0, 60)}`);
}

function callsOn(vfs: Vfs, directory: string, round: number): Record<string, () => unknown> {
  const f = `${directory}/f`;
  const { sync } = vfs;
  const stolen = `/own/${round}`;
  return {
    "sync writeFile": () => sync.writeFile(f, "ours"),
    "sync readFile": () => sync.readFile(f),
    "sync readdir": () => sync.readdir(directory),
    "sync chmod": () => sync.chmod(f, 0o777),
    "sync chmod, many times": () => {
      for (let i = 0; i < 40; i++) if (caught(() => sync.chmod(f, 0o777))) sync.writeFile(f, "ours");
    },
    "sync appendFile": () => sync.appendFile(f, "ours"),
    "sync rename in and out": () => {
      sync.writeFile(stolen, "ours");
      sync.rename(stolen, `${directory}/in`);
      sync.rename(`${directory}/in`, stolen);
      return sync.readFile(stolen);
    },
    "sync copyFile": () => {
      sync.copyFile(f, `${stolen}c`);
      return sync.readFile(`${stolen}c`);
    },
    "sync unlink": () => sync.unlink(f),
    writeFile: () => vfs.writeFile(f, "ours"),
    "writeFile new": () => vfs.writeFile(`${directory}/new${round}`, "ours", { flag: "wx" }),
    readFile: () => vfs.readFile(f),
    readdir: () => vfs.readdir(directory, { recursive: true }),
    stat: async () => (await vfs.stat(f)).size === SECRET.length && "secret",
    appendFile: () => vfs.appendFile(f, "ours"),
    truncate: () => vfs.truncate(f, 3),
    chmod: () => vfs.chmod(f, 0o777),
    utimes: () => vfs.utimes(f, 5, 5),
    open: async () => {
      const handle = await vfs.open(f, "r+");
      try {
        const { buffer } = await handle.read();
        await handle.write("ours", 0);
        return buffer;
      } finally {
        await handle.close();
      }
    },
    "open to create": async () => (await vfs.open(`${directory}/made${round}`, "w")).close(),
    readStream: async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of vfs.readStream(f)) chunks.push(chunk);
      return chunks[0];
    },
    writeStream: () => vfs.writeStream(`${directory}/streamed`, ["our", "s"]),
    "copyFile out": async () => {
      await vfs.copyFile(f, `${stolen}o`);
      return vfs.readFile(`${stolen}o`);
    },
    "copyFile in": () => vfs.copyFile(stolen, `${directory}/copied`),
    "cp of a tree": async () => {
      await vfs.cp(directory, `${stolen}t`, { recursive: true });
      return vfs.readdir(`${stolen}t`, { recursive: true });
    },
    "rename out": async () => {
      await vfs.rename(`${directory}/secret`, `${stolen}s`);
      return vfs.readFile(`${stolen}s`);
    },
    link: async () => {
      await vfs.link(f, `${stolen}l`);
      return vfs.readFile(`${stolen}l`);
    },
    mkdir: () => vfs.mkdir(`${directory}/m${round}`),
    rmdir: () => vfs.rmdir(`${directory}/m${round}`),
    symlink: () => vfs.symlink("f", `${directory}/l${round}`),
    "rm of a file": () => vfs.rm(`${directory}/secret`),
    "rm of a tree": () => vfs.rm(`${directory}/sub`, { recursive: true }),
    "rm of all": () => (round % 8 === 0 ? vfs.rm(directory, { recursive: true }) : undefined),
    "mkdir again": () => vfs.mkdir(`${directory}/sub`, { recursive: true }),
  };
}
