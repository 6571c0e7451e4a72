import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { beforeAll, describe, expect, it } from "vitest";
import { toVirtualProvider } from "../src/index.ts";
import { CHECKS } from "./children/virtual-checks.ts";

const run = promisify(execFile);

describe("toVirtualProvider", () => {
  let failures: Record<string, string>;
  beforeAll(async () => {
    const script = fileURLToPath(new URL("children/virtual.ts", import.meta.url));
    const { stdout } = await run(process.execPath, [
      "--experimental-vfs",
      "--conditions=@vfs/source",
      script,
    ]);
    failures = JSON.parse(stdout) as Record<string, string>;
  });

  // Each in a process of Node that has node:vfs, on the real node:fs.
  it.for(Object.keys(CHECKS))("%s", (name) => {
    expect(failures[name]).toBeUndefined();
  });

  it("without the flag › ENOTSUP that tells what is missing", async () => {
    await expect(toVirtualProvider(createVfs(memory()))).rejects.toMatchObject({
      code: "ENOTSUP",
      reason: "unsupported",
      message: `ENOTSUP: operation not supported (node:vfs needs Node 26 or later, started with --experimental-vfs; this is ${process.version})`,
    });
  });
});
