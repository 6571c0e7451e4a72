import { execFileSync } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const { resolve } = createRequire(import.meta.url);

/**
 * Builds this package where its sources are newer than what was built of them: guests run that, and begin from the memory
 * that it has prepared.
 */
export function setup(): void {
  const changed = (path: string): number =>
    statSync(join(PACKAGE, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const builtMs = changed("snapshot/python.bin");
  if (globSync("src/**/*.ts", { cwd: PACKAGE }).every((path) => changed(path) < builtMs)) return;
  const tsc = join(dirname(resolve("typescript/package.json")), "bin/tsc");
  for (const args of [[tsc, "-b"], ["dist/python/make-snapshot.js"]])
    execFileSync(process.execPath, args, { cwd: PACKAGE, stdio: ["ignore", 2, 2] });
}
