import { writeSync } from "node:fs";
import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import { sqlite } from "../src/index.ts";
import { writeGeneration } from "./generations.ts";
import { EMPTY, steps } from "./load.ts";
import { randomizer } from "./random.ts";
import { snapshotsOf } from "./snapshots-of.ts";

// A process of its own that works on a database: `child.ts <what> <file> [more]`.
const [, , what = "", file = "", ...more] = process.argv;
const vfs = createVfs(sqlite({ file }));

/** Tells the parent, before anything else is done. */
function tell(value: unknown): void {
  writeSync(1, `${JSON.stringify(value)}\n`);
}

const JOBS: Readonly<Record<string, () => Promise<void>>> = {
  /** Ends at once. */
  rest: async () => vfs.close(),

  /** Works until it is killed, and tells each step that is acknowledged. */
  load: async () => {
    const [round = "", seed = "0"] = more;
    const work = async (worker: number): Promise<void> => {
      const top = `/${round}/w${worker}`;
      await vfs.mkdir(`${top}/${EMPTY.folder}`, { recursive: true });
      tell({ worker, done: 0 });
      let done = 0;
      for (const step of steps(top, Number(seed) + worker)) {
        await step.run(vfs);
        tell({ worker, done: ++done });
      }
    };
    await Promise.all([0, 1, 2].map(work));
  },

  /** Writes, renames, appends and counts beside another process. */
  share: async () => {
    const [name = "", count = "0"] = more;
    const log = await vfs.open("/log-by-handle", "a");
    await vfs.mkdir(`/${name}`);
    for (let i = 0; i < Number(count); i++) {
      await Promise.all([
        vfs.writeFile(`/${name}/new`, `${name} ${i}`),
        vfs.appendFile("/log", `${name} ${i}\n`),
        log.write(`${name} ${i}\n`),
      ]);
      await vfs.rename(`/${name}/new`, `/${name}/${i}`);
      if (i % 10 === 0) await vfs.rename(`/${name}`, `/${name}-moved`);
      if (i % 10 === 0) await vfs.rename(`/${name}-moved`, `/${name}`);
      await countUp(vfs);
    }
    await log.close();
    await vfs.close();
  },

  /** Writes whole generations of files, keeps them and drops some, until it is killed; tells before and after each. */
  generations: async () => {
    const [start = "0", seed = "0"] = more;
    const kept = await snapshotsOf(vfs);
    const random = randomizer(Number(seed));
    const ids = (await kept.all()).map(({ id }) => id);
    for (let round = Number(start); ; round++) {
      await writeGeneration(vfs, round);
      tell({ doing: "take", round });
      const { id } = await kept.take(`${round}`);
      tell({ took: id });
      ids.push(id);
      if (ids.length < 4) continue;
      const gone = ids.splice(random(2), 1 + random(3));
      tell({ doing: "drop", ids: gone });
      const dropping = kept.drop(...gone);
      // After the first transaction of several.
      await new Promise((resolve) => setImmediate(resolve));
      tell({ doing: "drop", ids: gone });
      await dropping;
      tell({ dropped: gone });
    }
  },

  /** Keeps the state each time that another process has changed it. */
  take: async () => {
    const kept = await snapshotsOf(vfs);
    for (let i = 0, last = ""; i < Number(more[0]); i++) {
      tell((await kept.take(`${i}`)).id);
      for (const seen = last; last === seen && i < Number(more[0]) - 1;) {
        await new Promise((resolve) => setImmediate(resolve));
        last = await vfs.readFile("/one", "utf8");
      }
    }
    await vfs.close();
  },

  /** Opens a file and does with it what the parent says. */
  hold: async () => {
    const [path = ""] = more;
    const handle = await vfs.open(path, "r+");
    tell("open");
    for await (const line of process.stdin) {
      const order = String(line).trim();
      if (order === "read") {
        const { buffer, bytesRead } = await handle.read(new Uint8Array(100), 0, 100, 0);
        tell(new TextDecoder().decode(buffer.subarray(0, bytesRead)));
      } else if (order === "write") {
        await handle.write("written without a name", 0);
        tell((await handle.stat()).nlink);
      } else if (order === "close") {
        await handle.close();
        await vfs.close();
        tell("closed");
        return;
      }
    }
  },

  /** Streams much in and out, and tells by how much the process grew. */
  stream: async () => {
    const bytes = Number(more[0]);
    const piece = new Uint8Array(64 << 10).fill(5);
    // Once before, so that what is needed for any stream is there.
    await vfs.writeStream("/warm", source(piece, 8 << 20));
    await drain(vfs, "/warm");
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = (): void => {
      most = Math.max(most, process.memoryUsage.rss());
    };
    await vfs.writeStream("/big", source(piece, bytes), { onProgress: watch });
    const grownIn = most - before;
    const read = await drain(vfs, "/big", watch);
    tell({ grownIn, grown: most - before, read });
    await vfs.close();
  },
};

async function countUp(to: Vfs): Promise<void> {
  for (;;) {
    const { etag } = await to.stat("/counter");
    try {
      const count = Number(await to.readFile("/counter", { encoding: "utf8", ifMatch: etag }));
      await to.writeFile("/counter", `${count + 1}`, { ifMatch: etag });
      return;
    } catch (error) {
      if (!isVfsError(error, "ESTALE")) throw error;
    }
  }
}

async function* source(piece: Uint8Array, bytes: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < bytes; done += piece.length) yield piece;
}

async function drain(from: Vfs, path: string, watch?: () => void): Promise<number> {
  let bytes = 0;
  for await (const chunk of from.readStream(path)) {
    bytes += chunk.length;
    watch?.();
  }
  return bytes;
}

await JOBS[what]?.();
