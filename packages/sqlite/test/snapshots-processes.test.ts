import { join } from "node:path";
import { createVfs } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { Child } from "./run-child.ts";
import { snapshotsOf } from "./snapshots-of.ts";

describe("sqlite › snapshots › processes", () => {
  it("by one process while another writes › are each of one moment", { timeout: 120_000 }, async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/one", "0");
    await vfs.writeFile("/two", "0");
    const child = new Child("take", file, "20");
    const ids: string[] = [];
    const listening = (async () => {
      for (let id = await child.next(); id !== undefined; id = await child.next()) ids.push(id as string);
    })();
    let round = 0;
    while (ids.length < 20) {
      round++;
      // In one transaction.
      await Promise.all([vfs.writeFile("/one", `${round}`), vfs.writeFile("/two", `${round}`)]);
      await vfs.writeFile("/file".concat(`${round % 50}`), `${round}`);
      await vfs.rename("/file".concat(`${round % 50}`), `/moved${round % 50}`);
    }
    await listening;
    await child.end();
    const kept = await snapshotsOf(vfs);
    const seen: number[] = [];
    for (const id of ids) {
      await using old = createVfs(await kept.open(id));
      const [one, two] = await Promise.all([old.readFile("/one", "utf8"), old.readFile("/two", "utf8")]);
      expect(one).toBe(two);
      seen.push(Number(one));
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(new Set(seen).size).toBeGreaterThan(5);
    await vfs.close();
    expect(audit(file)).toEqual([]);
    const again = createVfs(sqlite({ file }));
    await (await snapshotsOf(again)).drop(...ids.filter((_, i) => i % 3 > 0));
    await again.close();
    expect(audit(file)).toEqual([]);
  });

  it("a file that another process has open › is kept as it was, whatever that one writes to it later", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "content");
    const child = new Child("hold", file, "/f");
    expect(await child.next()).toBe("open");
    const kept = await snapshotsOf(vfs);
    const named = await kept.take("named");
    await vfs.unlink("/f");
    const nameless = await kept.take("nameless");
    expect(await child.ask("write")).toBe(0);
    expect(await child.ask("read")).toBe("written without a name");
    await using old = createVfs(await kept.open(named.id));
    await using later = createVfs(await kept.open(nameless.id));
    expect(await old.readFile("/f", "utf8")).toBe("content");
    expect(await later.readdir("/")).toEqual([]);
    expect(await child.ask("close")).toBe("closed");
    await child.end();
    expect(await old.readFile("/f", "utf8")).toBe("content");
    expect(await kept.retainedBytes()).toBe(7);
    await kept.drop(named.id);
    await expect(old.readFile("/f", "utf8")).rejects.toThrow(/ESTALE/);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });
});
