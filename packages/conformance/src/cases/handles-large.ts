import type { Capabilities } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { same } from "../check.ts";
import { bytes, randomizer } from "../samples.ts";

/**
 * More than core brings to itself to change it, where a store can be given the pieces that are new; elsewhere a size
 * makes no difference.
 */
const sizeOf = ({ patch }: Capabilities): number => (patch ? (9 << 20) + 1234 : 51_234);

/** Handles on files that are too large to be written back as a whole. */
export const handlesLarge: Case[] = [
  ...group("open", {
    "changes a large file anywhere, and shows it before and after": {
      needs: canWrite,
      run: async ({ vfs, provider, times }) => {
        const first = repeated(sizeOf(provider.caps));
        const model = new Model(first);
        await vfs.writeFile("/f", first);
        const handle = await vfs.open("/f", "r+");
        const random = randomizer(7);
        for (let step = 1; step <= times(30, 16); step++) {
          const at = random(model.size + 2000);
          const data = bytes(1 + random(3000), step);
          await handle.write(data, 0, data.length, at);
          model.write(data, at);
          if (step % 10 === 0) {
            model.resize(model.size - random(20_000));
            await handle.truncate(model.size);
          }
          if (step === 15) await handle.sync();
          const [start, length] = [random(model.size), 1 + random(20_000)];
          const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, start);
          same(buffer.subarray(0, bytesRead), model.content.subarray(start, start + length), `step ${step}`);
          same((await handle.stat()).size, model.size, `size in step ${step}`);
        }
        await handle.truncate(model.size + 5000);
        model.resize(model.size + 5000);
        await handle.close();
        same(await vfs.readFile("/f"), model.content, "what is there");
      },
    },
    "keeps what a large file has beside its content, and joins what is appended with what is changed": {
      needs: canWrite,
      run: async ({ vfs, provider }) => {
        const size = sizeOf(provider.caps);
        await vfs.writeFile("/f", repeated(size), { mode: 0o640 });
        const before = await vfs.stat("/f");
        const handle = await vfs.open("/f", "r+");
        const other = await vfs.open("/f", "a");
        await other.write("tail");
        await handle.write("new", 5);
        await other.write("!");
        await handle.write("?", size + 4);
        await handle.sync();
        await other.close();
        await handle.close();
        const after = await vfs.stat("/f");
        same(after.size, size + 5, "size");
        same(after.mode, before.mode, "mode");
        same(await vfs.readFile("/f", { encoding: "utf8", start: size }), "tail?", "the end");
        same(await vfs.readFile("/f", { encoding: "utf8", start: 5, end: 8 }), "new", "the change");
      },
    },
    "cuts a large file to nothing and goes on from there": {
      needs: canWrite,
      run: async ({ vfs, provider }) => {
        const size = sizeOf(provider.caps);
        await vfs.writeFile("/f", repeated(size));
        const handle = await vfs.open("/f", "r+");
        await handle.write("x", size - 9);
        await handle.truncate(4);
        await handle.truncate(0);
        await handle.write("0123");
        await handle.close();
        same(await vfs.readFile("/f", "utf8"), "0123", "content");
      },
    },
  }),
];

function repeated(size: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(size);
  const block = bytes(4099);
  for (let at = 0; at < size; at += block.length) data.set(block.subarray(0, size - at), at);
  return data;
}

/** What the file must be. */
class Model {
  readonly #room: Uint8Array<ArrayBuffer>;
  size: number;

  constructor(data: Uint8Array) {
    this.#room = new Uint8Array(data.length + 200_000);
    this.#room.set(data);
    this.size = data.length;
  }

  get content(): Uint8Array<ArrayBuffer> {
    return this.#room.subarray(0, this.size);
  }

  write(data: Uint8Array, at: number): void {
    this.#room.set(data, at);
    this.size = Math.max(this.size, at + data.length);
  }

  resize(size: number): void {
    this.size = size;
    this.#room.fill(0, size);
  }
}
