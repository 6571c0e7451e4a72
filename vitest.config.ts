import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { defineConfig } from "vitest/config";

// Sources are tested, not builds: the condition picks `src` in every package of the workspace.
const conditions = ["@vfs/source", "node", "development"];

// Many tests start programs of their own, from the sources too: stripped and compiled once, that is a third of the work.
process.env["NODE_COMPILE_CACHE"] ??= resolve("node_modules/.cache/compile");

const projects = globSync("{packages,apps}/*/package.json")
  .map(dirname)
  .filter((root) => existsSync(`${root}/test`))
  .map((root) => {
    const { name } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as { name: string };
    const setup = resolve(root, "test/global-setup.ts");
    const globalSetup = existsSync(setup) ? [setup] : [];
    const include = ["test/**/*.test.ts"];
    return { extends: true as const, root, test: { name, include, globalSetup } };
  });

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // `VFS_ALL=1 npm test` runs some tests with more cases, seeds or kills; it takes about twice as long.
  // Much of the time is spent in waiting for other processes. No test is timed: the limits are for what hangs.
  // The files of a project share a process: starting one for each would be a quarter of the work.
  test: { projects, isolate: false, maxWorkers: 2, testTimeout: 120_000, hookTimeout: 120_000 },
});
