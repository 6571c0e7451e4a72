import { buffer } from "node:stream/consumers";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { toNodeFs } from "../src/index.ts";
import { bridgeTo } from "./bridge-to.ts";

describe("syncBridge", () => {
  it("toNodeFs › its synchronous calls work on a store that must wait", async () => {
    await using bridge = await bridgeTo("delayed-memory");
    const vfs = createVfs(memory());
    await vfs.mount("/s3", bridge.provider);
    const fs = toNodeFs(vfs);
    fs.mkdirSync("/s3/d/e", { recursive: true });
    fs.writeFileSync("/s3/d/a.txt", "hello");
    fs.cpSync("/s3/d", "/s3/copy", { recursive: true });
    expect(fs.readdirSync("/s3/copy", { withFileTypes: true }).map((entry) => entry.isFile())).toEqual([
      true,
      false,
    ]);
    const fd = fs.openSync("/s3/copy/a.txt", "r+");
    fs.writeSync(fd, "J", 0);
    fs.closeSync(fd);
    expect(fs.readFileSync("/s3/copy/a.txt", "latin1")).toBe("Jello");
    expect((await buffer(fs.createReadStream("/s3/copy/a.txt", { start: 1 }))).toString()).toBe("ello");
    expect(await fs.promises.readFile("/s3/d/a.txt", "utf8")).toBe("hello");
    expect(() => fs.rmdirSync("/s3/d")).toThrow(expect.objectContaining({ code: "ENOTEMPTY", errno: -39 }));
    await vfs.close();
  });
});
