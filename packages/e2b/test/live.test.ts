import { randomUUID } from "node:crypto";
import { conform } from "@vfs/conformance";
import { createVfs } from "@vfs/core";
import { Sandbox } from "e2b";
import { afterAll, describe, expect, it } from "vitest";
import { e2b, type E2bProvider } from "../src/index.ts";
import { SKIPS } from "./skips.ts";

// A sandbox of a real account, where the environment has the key of one and says that it may be used.
const { E2B_API_KEY: apiKey, VFS_E2B_LIVE: isWanted } = process.env;

describe.runIf(apiKey !== undefined && isWanted === "1")("e2b › a real sandbox", async () => {
  const sandbox = isWanted === "1" ? await Sandbox.create({ timeoutMs: 3_600_000 }) : undefined;
  afterAll(() => sandbox?.kill());
  const live = (): E2bProvider => e2b({ sandbox, rootDir: `/home/user/vfs-test/${randomUUID()}` });

  describe("conformance", () => {
    conform(it, { make: live, caps: live().caps, skips: SKIPS });
  });

  it("run › sees what was written", async () => {
    const box = live();
    await using vfs = createVfs(box);
    await vfs.writeFile("/f", "x");
    expect(await box.run("cat f")).toEqual({ exitCode: 0, stdout: "x", stderr: "" });
  });
});
