import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { call, openPage, useBrowser } from "./harness/pages.ts";

useBrowser("disk");

// For a busy machine. Nothing waits for it to pass.
const PATIENCE = { timeout: 30_000 };
const LINES = 30;
const TIMES = 15;

for (const kind of ["indexeddb", "opfs"] as const)
  describe(`${kind} › two tabs`, () => {
    let pages: readonly [Page, Page];
    beforeAll(async () => void (pages = [await openPage(), await openPage()]));
    const open = async (name: string): Promise<readonly [Page, Page]> => {
      for (const page of pages) await call(page, "openStore", name, kind);
      return pages;
    };

    it("lose no line of a file to which both add", async () => {
      const [a, b] = await open(`${kind}-lines`);
      await Promise.all([
        call(a, "appendLines", `${kind}-lines`, "/log", "a", LINES),
        call(b, "appendLines", `${kind}-lines`, "/log", "b", LINES),
      ]);
      const [seenByA, seenByB] = [
        await call(a, "readText", `${kind}-lines`, "/log"),
        await call(b, "readText", `${kind}-lines`, "/log"),
      ];
      expect(seenByA).toBe(seenByB);
      const lines = seenByA.trim().split("\n");
      for (const who of ["a", "b"])
        expect(lines.filter((line) => line.startsWith(who))).toEqual(
          Array.from({ length: LINES }, (_, i) => `${who} ${i}`),
        );
    });

    it("count up a number that both write, each by ifMatch, without losing one", async () => {
      const name = `${kind}-count`;
      const [a, b] = await open(name);
      await call(a, "writeText", name, "/n", "0");
      await expect.poll(() => call(b, "below", name, "/"), PATIENCE).toEqual(["n"]);
      await Promise.all([call(a, "countUp", name, "/n", TIMES), call(b, "countUp", name, "/n", TIMES)]);
      expect(await call(a, "readText", name, "/n")).toBe(String(2 * TIMES));
    });

    it("see what the other one does, by name and by event", async () => {
      const name = `${kind}-watch`;
      const [a, b] = await open(name);
      await call(b, "watchStore", name, "/");
      await call(a, "makeDirectory", name, "/d");
      await call(a, "writeText", name, "/d/f", "one");
      await call(a, "move", name, "/d", "/e");
      await call(a, "remove", name, "/e");
      await expect
        .poll(() => call(b, "seenEvents"), PATIENCE)
        .toEqual(["created d", "created d/f", "renamed d -> e", "removed e/f", "removed e"]);
      expect(await call(b, "below", name, "/")).toEqual([]);
    });

    it("keep a file for who has it open in the other one", async () => {
      const name = `${kind}-open`;
      const [a, b] = await open(name);
      await call(a, "writeText", name, "/f", "still here");
      await call(a, "holdOpen", name, "/f");
      await expect.poll(() => call(b, "below", name, "/"), PATIENCE).toEqual(["f"]);
      await call(b, "remove", name, "/f");
      for (let i = 0; i < 3; i++) await call(b, "writeText", name, `/g${i}`, "x".repeat(10));
      expect(await call(a, "readHeld")).toBe("still here");
      await expect.poll(() => call(a, "below", name, "/"), PATIENCE).toEqual(["g0", "g1", "g2"]);
    });

    it("go on when the other one is closed in the middle of its writes", async () => {
      const name = `${kind}-closed`;
      const [a, b] = await open(name);
      const lines = call(a, "appendLines", name, "/log", "a", 100_000).catch(() => undefined);
      await expect.poll(() => call(b, "below", name, "/"), PATIENCE).toEqual(["log"]);
      // The last of these tests: the page is gone with it.
      await a.close();
      await lines;
      await call(b, "appendLines", name, "/log", "b", 1);
      const written = (await call(b, "readText", name, "/log")).trim().split("\n");
      expect(written.slice(0, -1)).toEqual(written.slice(0, -1).map((_, i) => `a ${i}`));
      expect(written.at(-1)).toBe("b 0");
    });
  });

describe("opfs › a synchronous store in a worker", () => {
  it("has the store to itself until it is closed, and others come then", async () => {
    const [name, a, b] = ["opfs-sync", await openPage(), await openPage()];
    await call(a, "openStore", name, "opfs");
    await call(a, "writeText", name, "/a", "from the page");
    // The page gives the store away when it is asked to.
    await call(b, "inWorker", "openStore", name, "opfsSync");
    expect(await call(b, "inWorker", "readText", name, "/a")).toBe("from the page");
    let done = false;
    const waiting = call(a, "writeText", name, "/b", "later").then(() => (done = true));
    await call(b, "inWorker", "writeText", name, "/c", "from the worker");
    expect(done).toBe(false);
    await call(b, "inWorker", "closeStore", name);
    await waiting;
    expect(await call(a, "below", name, "/")).toEqual(["a", "b", "c"]);
  });
});
