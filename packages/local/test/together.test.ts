import { fork } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { freshForEach, root, vfs } from "./fresh.ts";

freshForEach();

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

const at = (name: string): string => join(root, name);

describe("local › appends of several processes", () => {
  it("do not come between one another", async () => {
    const blockBytes = 3 << 20;
    const blocks = 8;
    const script = fileURLToPath(new URL("children/appender.ts", import.meta.url));
    fs.writeFileSync(at("f"), "");
    const children = ["a", "b", "c"].map((letter) =>
      fork(script, [root, letter, String(blockBytes), String(blocks)]),
    );
    await Promise.all(children.map((child) => once(child, "exit")));
    const bytes = fs.readFileSync(at("f"));
    expect(bytes.length).toBe(3 * blocks * blockBytes);
    for (let start = 0; start < bytes.length; start += blockBytes) {
      const block = bytes.subarray(start, start + blockBytes);
      expect(block.equals(Buffer.alloc(blockBytes, block[0]))).toBe(true);
    }
  }, 60_000);
});

describe("local › what somebody changes while a source is read", () => {
  const during = function* (action: () => void): Generator<string> {
    yield "new".repeat(50_000);
    action();
  };

  it("keeps the bits that the file got meanwhile", async () => {
    fs.writeFileSync(at("f"), "old", { mode: 0o644 });
    await vfs.writeStream(
      "/f",
      during(() => fs.chmodSync(at("f"), 0o600)),
    );
    expect(fs.statSync(at("f")).mode & 0o777).toBe(0o600);
  });

  it("is shown by a name that the file got meanwhile", async () => {
    fs.writeFileSync(at("f"), "old");
    await vfs.writeStream(
      "/f",
      during(() => fs.linkSync(at("f"), at("g"))),
    );
    expect(fs.readFileSync(at("g"), "utf8")).toBe("new".repeat(50_000));
    expect(fs.readdirSync(root).sort()).toEqual(["f", "g"]);
  });

  it("is no reason to replace a link", async () => {
    fs.writeFileSync(at("g"), "old");
    const link = during(() => fs.symlinkSync("g", at("f")));
    await expect(vfs.writeStream("/f", link)).rejects.toMatchObject({ code: "EBUSY", retryable: true });
    expect(fs.readlinkSync(at("f"))).toBe("g");
    expect(fs.readFileSync(at("g"), "utf8")).toBe("old");
    expect(fs.readdirSync(root).sort()).toEqual(["f", "g"]);
  });

  it("counts for a copy as well", () => {
    fs.writeFileSync(at("from"), "new");
    const { copyFileSync } = fs;
    let action = (): void => undefined;
    vi.spyOn(fs, "copyFileSync").mockImplementation((...how) => {
      copyFileSync(...how);
      action();
    });
    syncBuiltinESMExports();
    fs.writeFileSync(at("f"), "old");
    action = () => fs.linkSync(at("f"), at("g"));
    vfs.sync.copyFile("/from", "/f");
    expect(fs.readFileSync(at("g"), "utf8")).toBe("new");
    action = () => {
      fs.symlinkSync("h", at("l"));
      action = () => undefined;
    };
    vfs.sync.copyFile("/from", "/l");
    expect(fs.readlinkSync(at("l"))).toBe("h");
    expect(fs.readdirSync(root).sort()).toEqual(["f", "from", "g", "h", "l"]);
  });
});

describe("local › a name that comes and goes while its file is written", () => {
  it("is no reason to fail", () => {
    fs.writeFileSync(at("f"), "old");
    fs.linkSync(at("f"), at("g"));
    const { openSync } = fs;
    vi.spyOn(fs, "openSync").mockImplementation((path, ...how) => {
      if (String(path).endsWith("/f")) fs.rmSync(at("f"), { force: true });
      return openSync(path, ...how);
    });
    syncBuiltinESMExports();
    vfs.sync.writeFile("/f", "new");
    expect(fs.readFileSync(at("f"), "utf8")).toBe("new");
    expect(fs.readFileSync(at("g"), "utf8")).toBe("old");
  });
});

describe("local › a link that is swapped for a file", () => {
  it("is no reason to fail once the file is there", () => {
    fs.writeFileSync(at("f"), "content");
    const { openSync } = fs;
    let swaps = 0;
    vi.spyOn(fs, "openSync").mockImplementation((path, ...how) => {
      if (!String(path).endsWith("/f") || swaps++ % 2 === 1) return openSync(path, ...how);
      fs.renameSync(at("f"), at("aside"));
      fs.symlinkSync("aside", at("f"));
      try {
        return openSync(path, ...how);
      } finally {
        fs.renameSync(at("aside"), at("f"));
      }
    });
    syncBuiltinESMExports();
    expect(vfs.sync.readFile("/f", "utf8")).toBe("content");
    vfs.sync.truncate("/f", 3);
    const handle = vfs.sync.open("/f", "r");
    expect(handle.stat().size).toBe(3);
    handle.close();
    expect(swaps).toBe(6);
  });
});
