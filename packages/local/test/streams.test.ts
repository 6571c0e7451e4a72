import { isVfsError, type Context, type VPath } from "@vfs/core";
import * as fs from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { local } from "../src/index.ts";
import { freshForEach, root, vfs } from "./fresh.ts";

freshForEach();
beforeEach(() => {
  fs.writeFileSync(join(root, "f"), "a".repeat(300_000));
});

const at = (name: string): string => join(root, name);

/** What a stream of the file gives when something is done to the file after the first chunk. */
async function streamed(action: () => unknown): Promise<string> {
  let length = 0;
  try {
    for await (const chunk of vfs.readStream("/f", { chunkSize: 100_000 })) {
      if (length === 0) await action();
      length += chunk.length;
      if (chunk.some((byte) => byte !== 97)) return "mixed";
    }
    return `${length} bytes`;
  } catch (reason) {
    return isVfsError(reason) ? reason.code : String(reason);
  }
}

describe("local › readStream", () => {
  it("fails when the file is written into meanwhile", async () => {
    expect(await streamed(() => fs.truncateSync(at("f"), 150_000))).toBe("ESTALE");
    expect(await streamed(() => fs.appendFileSync(at("f"), "a"))).toBe("ESTALE");
    expect(await streamed(() => fs.writeFileSync(at("f"), "a".repeat(10)))).toBe("ESTALE");
  });

  it("goes on in the version that it began when the file is replaced, moved or removed", async () => {
    expect(await streamed(() => vfs.writeFile("/f", "a".repeat(300_000)))).toBe("300000 bytes");
    expect(await streamed(() => vfs.chmod("/f", 0o600))).toBe("300000 bytes");
    expect(await streamed(() => vfs.link("/f", "/g"))).toBe("300000 bytes");
    expect(await streamed(() => vfs.rename("/g", "/h"))).toBe("300000 bytes");
    expect(await streamed(() => vfs.unlink("/f"))).toBe("300000 bytes");
  });

  it("opens nothing before a chunk is asked for", async () => {
    const provider = local({ root });
    const ctx = { sync: false, root: "/" } as Context;
    const path = "/f" as VPath;
    const before = fs.readdirSync("/proc/self/fd").length;
    const sources = await Promise.all(
      Array.from({ length: 100 }, async () => provider.readStream?.(path, {}, ctx)),
    );
    expect(sources.length).toBe(100);
    expect(fs.readdirSync("/proc/self/fd").length).toBe(before);
    await expect(async () => provider.readStream?.("/none" as VPath, {}, ctx)).rejects.toMatchObject({
      code: "ENOENT",
    });
    await expect(async () => provider.readStream?.("/" as VPath, {}, ctx)).rejects.toMatchObject({
      code: "EISDIR",
    });
    await provider.close?.();
  });
});
