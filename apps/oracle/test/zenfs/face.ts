import { createVfs, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import { toNodeFs, type NodeFs } from "@vfs/node";
import { sqlite } from "@vfs/sqlite";

// Stands in for `node:fs` in the suite's own adapter for it, which maps paths into a directory of its own.

const STORES: Readonly<Record<string, () => Provider>> = {
  memory: () => memory(),
  sqlite: () => sqlite({ file: ":memory:" }),
};

const make = STORES[process.env["ZENFS_STORE"] ?? ""];
if (make === undefined) throw new Error(`ZENFS_STORE must be one of ${Object.keys(STORES).join(", ")}`);

// The suite takes modes as they are: its adapter sets the umask of the process to 0.
export const fs: NodeFs = toNodeFs(createVfs(make()).view({ umask: 0 }));
// Where the adapter makes its directory.
fs.mkdirSync(new URL("tmp/", import.meta.resolve("@zenfs/core/tests/setup.ts")), { recursive: true });
