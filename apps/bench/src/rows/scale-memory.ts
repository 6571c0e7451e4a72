import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { told, type Bench } from "../row.ts";
import { calls, FEW, fill, MANY, walks } from "./scale.ts";

/** The same in memory. */
export const scaleMemory: Bench = {
  name: "scale of memory: a million files of 100 bytes in folders of 1,000",
  run: async () => {
    await using few = createVfs(memory());
    await using many = createVfs(memory());
    await fill(few, FEW);
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    const began = performance.now();
    await fill(many, MANY);
    const perFile = ((performance.now() - began) * 1000) / MANY;
    globalThis.gc?.();
    const grown = process.memoryUsage.rss() - before;
    return [
      told("writing them, 1,000 at a time", perFile, "us a file"),
      told("memory", grown / MANY, "bytes a file"),
      ...(await walks(many)),
      ...(await calls(few, many, 20_000)),
    ];
  },
};
