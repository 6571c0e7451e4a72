import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { atMost, told, type Bench, type Row } from "../row.ts";

const STORES = ["local", "sqlite"] as const;
const CHILD = fileURLToPath(new URL("../stream-child.js", import.meta.url));

/** How much memory a process needs to pass a large file through a store, each in a process of its own. */
export const streaming: Bench = {
  name: "streaming 256 MiB in and out",
  run: async () => STORES.flatMap(rowsOf),
};

function rowsOf(store: string): Row[] {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--expose-gc", CHILD, store], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`streaming through ${store} failed: ${stderr}`);
  const { writeMs, readMs, grewBytes } = JSON.parse(stdout) as Record<
    "writeMs" | "readMs" | "grewBytes",
    number
  >;
  return [
    atMost(`${store}: growth of the process`, grewBytes / (1 << 20), 32, "MiB"),
    told(`${store}: writeStream`, 256 / (writeMs / 1000), "MiB/s"),
    told(`${store}: readStream`, 256 / (readMs / 1000), "MiB/s"),
  ];
}
