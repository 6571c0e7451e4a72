import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { all, below, bytes, failing } from "../samples.ts";

const REASON = new Error("the source broke");

export const streams: Case[] = [
  ...group("readStream", {
    "gives chunks of the size that was asked for": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const data = bytes(250_000);
        await vfs.writeFile("/f", data);
        const chunks = await all(vfs.readStream("/f", { chunkSize: 40_000 }));
        same(
          chunks.map(({ length }) => length),
          [40_000, 40_000, 40_000, 40_000, 40_000, 40_000, 10_000],
          "lengths",
        );
        same(new Uint8Array(await new Blob(chunks).arrayBuffer()), data, "content");
        same(
          await all(vfs.readStream("/f", { start: 249_990, end: 249_995 })),
          [data.slice(249_990, 249_995)],
          "a range",
        );
        same(await all(vfs.readStream("/f", { start: 300_000 })), [], "a range behind the end");
        await vfs.writeFile("/empty", "");
        same(await all(vfs.readStream("/empty")), [], "an empty file");
      },
    },
    "fails at the first chunk for what is no file": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await fails("ENOENT", () => all(vfs.readStream("/none")), "nothing");
        await fails("EISDIR", () => all(vfs.readStream("/d")), "a directory");
      },
    },
    "gives one version, or fails": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const one = bytes(400_000).fill(1);
        await vfs.writeFile("/f", one);
        const seen: number[] = [];
        let changed = false;
        try {
          for await (const chunk of vfs.readStream("/f", { chunkSize: 50_000 })) {
            seen.push(...new Set(chunk));
            if (!changed) await vfs.writeFile("/f", bytes(400_000).fill(2));
            changed = true;
          }
          same([...new Set(seen)], [1], "bytes of one version");
        } catch (reason) {
          await fails("ESTALE", () => Promise.reject(reason), "a stream over a file that was replaced");
        }
        same((await vfs.readFile("/f"))[0], 2, "the new content");
      },
    },
    "can be left early": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", bytes(500_000));
        for await (const chunk of vfs.readStream("/f")) {
          check(chunk.length > 0, "a chunk");
          break;
        }
        same(vfs.mounts()[0]?.openFiles, 0, "open files");
        await vfs.unlink("/f");
      },
    },
    "tells how far it is": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", bytes(100_000));
        const told: unknown[] = [];
        await all(
          vfs.readStream("/f", {
            chunkSize: 60_000,
            onProgress: (done, total) => void told.push([done, total]),
          }),
        );
        same(
          told,
          [
            [60_000, 100_000],
            [100_000, 100_000],
          ],
          "progress",
        );
      },
    },
  }),
  ...group("writeStream", {
    "writes a source of any length": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const data = bytes(8_400_000);
        const source = async function* (): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < data.length; at += 300_001) yield data.subarray(at, at + 300_001);
        };
        same(await vfs.writeStream("/f", source()), data.length, "bytes written");
        same(await vfs.readFile("/f"), data, "content");
        same(await vfs.writeStream("/empty", []), 0, "bytes of an empty source");
        same((await vfs.stat("/empty")).size, 0, "size of an empty file");
      },
    },
    "may be given the same buffer again and again": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const buffer = new Uint8Array(70_000);
        const source = async function* (): AsyncGenerator<Uint8Array> {
          for (let i = 1; i <= 30; i++) {
            buffer.fill(i);
            yield buffer;
          }
        };
        await vfs.writeStream("/f", source());
        const data = await vfs.readFile("/f");
        for (let i = 1; i <= 30; i++)
          check(
            data.subarray((i - 1) * 70_000, i * 70_000).every((byte) => byte === i),
            `part ${i} is as it was when it came`,
          );
      },
    },
    "leaves the old file when the source fails": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/f", "old");
        for (const parts of [[], ["new"], [bytes(3_000_000)]]) {
          const thrown = await vfs.writeStream("/d/f", failing(parts, REASON)).then(
            () => undefined,
            (reason: unknown) => reason,
          );
          same(thrown === REASON, true, "the source's own error");
          same(await vfs.readFile("/d/f", "utf8"), "old", "content");
          const again = await vfs.writeFile("/d/f", failing(parts, REASON)).then(
            () => undefined,
            (reason: unknown) => reason,
          );
          same(again === REASON, true, "the source's own error from writeFile");
        }
        same(await below(vfs, "/"), ["d", "d/f"], "names");
        same((await vfs.stat("/d/f")).size, 3, "size");
      },
    },
    "leaves nothing when the source of a new file fails": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeStream("/d/f", failing([bytes(2_000_000)], REASON)).then(
          () => check(false, "it must fail"),
          () => undefined,
        );
        same(await vfs.readdir("/d"), [], "names");
        same(await vfs.exists("/d/f"), false, "the file");
        await vfs.rmdir("/d");
      },
    },
    "shows nothing before it is done": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/old", "old");
        const seen: unknown[] = [];
        const source = async function* (): AsyncGenerator<Uint8Array> {
          for (let i = 0; i < 3; i++) {
            yield bytes(500_000, i);
            seen.push((await vfs.readdir("/d")).join(), await vfs.readFile("/d/old", "utf8"));
          }
        };
        await vfs.writeStream("/d/old", source());
        await vfs.writeStream("/d/new", source());
        same(
          seen.slice(0, 6),
          ["old", "old", "old", "old", "old", "old"],
          "names and content while writing over a file",
        );
        same(
          seen.filter((_, i) => i % 2 === 0).every((names) => names === "old"),
          true,
          "names while writing a new file",
        );
        same((await vfs.stat("/d/new")).size, 1_500_000, "size at last");
      },
    },
    "tells how far it is, and waits for who listens": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const told: unknown[] = [];
        await vfs.writeStream("/f", ["12345", "678", "90"], {
          size: 10,
          onProgress: (done, total) => void told.push([done, total]),
        });
        same(
          told,
          [
            [5, 10],
            [8, 10],
            [10, 10],
          ],
          "progress of a known size",
        );
        const order: string[] = [];
        await vfs.writeStream("/f", counted(["a", "b"], order), {
          onProgress: async (done, total) => {
            await new Promise((resolve) => setTimeout(resolve, 5));
            order.push(`told ${done} of ${total}`);
          },
        });
        same(
          order,
          ["gave a", "told 1 of undefined", "gave b", "told 2 of undefined"],
          "the source waits for an asynchronous listener",
        );
      },
    },
    "cuts and gathers chunks when asked": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const told: number[] = [];
        await vfs.writeStream("/f", ["a", "bcdef", "", "gh"], {
          chunkSize: 3,
          onProgress: (done) => void told.push(done),
        });
        same(told, [3, 6, 8], "progress");
        same(await vfs.readFile("/f", "utf8"), "abcdefgh", "content");
      },
    },
    "ends with its signal's reason": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "old");
        const controller = new AbortController();
        const endless = async function* (): AsyncGenerator<string> {
          for (let i = 0; ; i++) {
            if (i === 3) controller.abort(REASON);
            await Promise.resolve();
            yield "more";
          }
        };
        const thrown = await vfs.writeStream("/f", endless(), { signal: controller.signal }).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        same(thrown === REASON, true, "the signal's reason");
        same(await vfs.readFile("/f", "utf8"), "old", "content");
        const hanging = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
        const late = new AbortController();
        setTimeout(() => late.abort(REASON), 10);
        const second = await vfs.writeStream("/f", hanging, { signal: late.signal }).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        same(second === REASON, true, "the reason, from a source that never answers");
        same(await vfs.readdir("/"), ["f"], "names");
      },
    },
  }),
  ...group("signal", {
    "that is aborted ends a call before it begins": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "old");
        const signal = AbortSignal.abort(REASON);
        const calls: [string, () => Promise<unknown>][] = [
          ["writeFile", () => vfs.writeFile("/f", "new", { signal })],
          ["appendFile", () => vfs.appendFile("/f", "new", { signal })],
          ["writeStream", () => vfs.writeStream("/f", ["new"], { signal })],
          ["readFile", () => vfs.readFile("/f", { signal })],
          ["readStream", () => all(vfs.readStream("/f", { signal }))],
          ["rm", () => vfs.rm("/f", { signal })],
          ["cp", () => vfs.cp("/f", "/g", { signal })],
          ["mv", () => vfs.mv("/f", "/g", { signal })],
          ["find", () => all(vfs.find("/", { signal }))],
          ["grep", () => all(vfs.grep("/", "old", { signal }))],
        ];
        for (const [what, call] of calls) {
          const thrown = await call().then(
            () => undefined,
            (reason: unknown) => reason,
          );
          same(thrown === REASON, true, `${what} fails with the signal's reason`);
        }
        same(await vfs.readdir("/"), ["f"], "names");
        same(await vfs.readFile("/f", "utf8"), "old", "content");
      },
    },
  }),
];

async function* counted(parts: readonly string[], order: string[]): AsyncGenerator<string> {
  for (const part of parts) {
    await Promise.resolve();
    order.push(`gave ${part}`);
    yield part;
  }
}
