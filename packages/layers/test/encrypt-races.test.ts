import { delayed } from "@vfs/conformance";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { mounted } from "./encrypted.ts";

describe("encrypt › among others", () => {
  it("loses no write to another, in one chunk and at the end", async () => {
    const vfs = await mounted(delayed(memory(), 3), { chunkBytes: 64 });
    await vfs.writeFile("/f", ".".repeat(100));
    const handles = await Promise.all([vfs.open("/f", "r+"), vfs.open("/f", "r+")]);
    const work: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i++) work.push(handles[i % 2 === 0 ? 0 : 1].write("b", i));
    for (let i = 0; i < 30; i++) work.push(vfs.appendFile("/f", "a"));
    await Promise.all(work);
    await Promise.all(handles.map((handle) => handle.close()));
    expect(await vfs.readFile("/f", "utf8")).toBe("b".repeat(100) + "a".repeat(30));
  });

  it("shows a reader the old content or the new, while that is replaced, cut and extended", async () => {
    for (const seed of [1, 2, 3]) {
      const vfs = await mounted(delayed(memory(), seed), { chunkBytes: 64 });
      await vfs.writeFile("/f", "0".repeat(1000));
      const handle = await vfs.open("/f", "r+");
      const streamed = async (): Promise<void> => {
        for await (const chunk of vfs.readStream("/f", { start: 100 })) void chunk;
      };
      const state = { writing: true };
      const whileWriting = async (read: () => Promise<unknown>): Promise<void> => {
        while (state.writing) await read();
      };
      const readers = [
        whileWriting(() => vfs.readFile("/f", { start: 130, end: 190 })),
        whileWriting(() => vfs.readFile("/f")),
        whileWriting(() => handle.read(new Uint8Array(50), 0, 50, 140)),
        whileWriting(streamed),
      ];
      for (let i = 0; i < 60; i++) {
        await vfs.writeFile("/f", `${i % 10}`.repeat(300 + i * 20));
        if (i % 3 === 0) await vfs.truncate("/f", 200 + i);
        await handle.write("x".repeat(70), i * 5);
      }
      state.writing = false;
      await expect(Promise.all(readers)).resolves.toHaveLength(4);
      await handle.close();
    }
  });
});
