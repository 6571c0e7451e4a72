import { canWrite, group, type Case } from "../case.ts";
import { fails, same } from "../check.ts";
import { bytes, utf8 } from "../samples.ts";

export const reads: Case[] = [
  ...group("readFile", {
    "gives back what was written, byte for byte": {
      needs: canWrite,
      run: async ({ vfs }) => {
        for (const length of [0, 1, 255, 4096, 65_536, 65_537, 1_048_576, 3_500_001]) {
          const data = bytes(length, length);
          await vfs.writeFile("/f", data);
          same(await vfs.readFile("/f"), data, `${length} bytes`);
          same((await vfs.stat("/f")).size, length, "size");
        }
      },
    },
    "gives text as UTF-8, with its byte order mark": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const text = "\ufeffGrüße, 世界 \u{1f600}\r\n";
        await vfs.writeFile("/t", text);
        same(await vfs.readFile("/t"), utf8(text), "bytes");
        same(await vfs.readFile("/t", "utf8"), text, "text");
        same(await vfs.readFile("/t", { encoding: "utf-8" }), text, "text by option");
      },
    },
    "gives ranges, short at the end and empty behind it": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const data = bytes(200_000);
        await vfs.writeFile("/r", data);
        for (const [start, end] of [
          [0, 10],
          [5, 5],
          [100, 70_000],
          [65_535, 65_537],
          [199_990, 300_000],
          [200_000, 200_001],
          [250_000, 250_010],
        ] as const)
          same(await vfs.readFile("/r", { start, end }), data.slice(start, end), `bytes ${start} to ${end}`);
        same(await vfs.readFile("/r", { start: 199_999 }), data.slice(199_999), "the last byte");
        same(await vfs.readFile("/r", { end: 3 }), data.slice(0, 3), "the first bytes");
      },
    },
    "gives a file as it is, whatever it is over": async ({ vfs }) => {
      await fails("ENOENT", () => vfs.readFile("/nothing"), "a file that is not there");
      await fails("ENOENT", () => vfs.readFile("/no/such/dir"), "a directory that is not there");
      await fails("EISDIR", () => vfs.readFile("/"), "a directory");
    },
    "through a file is ENOTDIR": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await fails("ENOTDIR", () => vfs.readFile("/f/below"), "readFile");
        await fails("ENOTDIR", () => vfs.stat("/f/below"), "stat");
        await fails("ENOTDIR", () => vfs.readdir("/f/below"), "readdir");
        await fails("ENOTDIR", () => vfs.writeFile("/f/below", "x"), "writeFile");
        await fails("ENOTDIR", () => vfs.mkdir("/f/below"), "mkdir");
        await fails("ENOTDIR", () => vfs.mkdir("/f/below/more", { recursive: true }), "mkdir recursive");
        await fails("ENOTDIR", () => vfs.unlink("/f/below"), "unlink");
        await fails("ENOTDIR", () => vfs.rename("/f/below", "/g"), "rename from");
        await fails("ENOTDIR", () => vfs.rename("/f", "/f/below"), "rename to");
        await fails("ENOTDIR", () => vfs.open("/f/below", "w"), "open");
        same(await vfs.readFile("/f", "utf8"), "x", "the file");
      },
    },
    "shares no memory with the caller": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const data = bytes(5000);
        const original = data.slice();
        await vfs.writeFile("/m", data);
        data.fill(0);
        const first = await vfs.readFile("/m");
        same(first, original, "after the caller reused its buffer");
        first.fill(1);
        same(await vfs.readFile("/m"), original, "after the caller changed what it read");
        same(first.buffer.byteLength, first.length, "length of the memory behind what was read");
      },
    },
  }),
];
