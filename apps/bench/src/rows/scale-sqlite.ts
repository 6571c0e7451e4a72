import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs } from "@vfs/core";
import { sqlite } from "@vfs/sqlite";
import { medianMs } from "../measure.ts";
import { told, type Bench, type Row } from "../row.ts";
import { calls, FEW, fill, MANY, ROUNDS, walks } from "./scale.ts";

/** What a store of a million files costs, and whether a call there costs more than in one of a thousand. */
export const scaleSqlite: Bench = {
  name: "scale of sqlite: a million files of 100 bytes in folders of 1,000",
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), "vfs-bench-"));
    const [small, large] = [join(folder, "small.db"), join(folder, "large.db")];
    try {
      await make(small, FEW);
      const made = performance.now();
      await make(large, MANY);
      const perFile = ((performance.now() - made) * 1000) / MANY;
      return [
        told("writing them, 1,000 at a time", perFile, "us a file"),
        told("on disk", statSync(large).size / MANY, "bytes a file"),
        ...(await opening(large)),
        ...(await inOneOpen(large, small)),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function make(file: string, files: number): Promise<void> {
  await using vfs = createVfs(sqlite({ file }));
  await fill(vfs, files);
}

async function opening(file: string): Promise<Row[]> {
  const openMs = await medianMs(ROUNDS, async () => {
    await using vfs = createVfs(sqlite({ file }));
    await vfs.stat("/d0/f0");
  });
  return [told("open, stat and close", openMs, "ms")];
}

async function inOneOpen(large: string, small: string): Promise<Row[]> {
  await using many = createVfs(sqlite({ file: large }));
  await using few = createVfs(sqlite({ file: small }));
  return [...(await walks(many)), ...(await calls(few, many, 500))];
}
