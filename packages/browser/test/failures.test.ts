import { INSECURE_HOST } from "@vfs/chromium";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { call, openPage, protocolOf, useBrowser } from "./harness/pages.ts";

useBrowser("disk");

const BYTES = 3000;

for (const kind of ["indexeddb", "opfs"] as const)
  describe(`${kind} › failures`, () => {
    for (const how of ["reloaded", "killed"] as const)
      it(`has all that was acknowledged, and nothing half, when its page is ${how} in the middle of writes`, async () => {
        const name = `${kind}-${how}`;
        const page = await openPage();
        let last = -1;
        const enough = Promise.withResolvers<void>();
        await page.exposeFunction("acknowledged", (count: number) => {
          last = count;
          if (count === 25) enough.resolve();
        });
        await call(page, "openStore", name, kind);
        await call(page, "makeDirectory", name, "/d/sub");
        await call(page, "writeText", name, "/d/sub/file", "moved");
        // It never ends by itself, and of a page that is dead it is not even told.
        void call(page, "writeForever", name, BYTES).catch(() => undefined);
        await enough.promise;
        if (how === "reloaded") await page.reload();
        else {
          const protocol = await protocolOf(page);
          const crashed = page.waitForEvent("crash");
          void protocol.send("Page.crash").catch(() => undefined);
          await crashed;
        }
        const after = await openPage();
        await call(after, "openStore", name, kind);
        const { whole, wrong } = await call(after, "checkWritten", name, BYTES);
        expect(wrong).toEqual([]);
        expect(whole).toBeGreaterThanOrEqual(last + 1);
        const moved = (await call(after, "below", name, "/")).filter((path) => path.endsWith("/file"));
        expect(moved).toHaveLength(1);
        expect(await call(after, "readText", name, `/${moved[0]}`)).toBe("moved");
      });

    it("says that a page must be served in a secure way", async () => {
      const page = await openPage("/", inject("origin").replace("localhost", INSECURE_HOST));
      await call(page, "openStore", kind, kind);
      expect(await call(page, "writeText", kind, "/f", "x")).toMatchObject({
        code: "ENOTSUP",
        message: expect.stringContaining("serve the page by https, or from localhost") as string,
      });
    });
  });

describe("opfs › index", () => {
  let page: Page;
  beforeAll(async () => void (page = await openPage()));
  for (const how of ["remove", "damage", "cut"] as const)
    for (const file of ["index-a", "index-b"] as const)
      it(`is made anew from the other copy when ${file} suffers: ${how}`, async () => {
        const name = `opfs-${how}-${file}`;
        await call(page, "openStore", name, "opfs");
        await call(page, "makeDirectory", name, "/d");
        await call(page, "writeText", name, "/d/f", "one");
        await call(page, "move", name, "/d", "/e");
        await call(page, "closeStore", name);
        await call(page, "spoil", name, file, how);
        await call(page, "openStore", name, "opfs");
        expect(await call(page, "below", name, "/")).toEqual(["e", "e/f"]);
        expect(await call(page, "readText", name, "/e/f")).toBe("one");
        const sizes = await call(page, "sizesOf", name);
        expect(sizes["index-a"]).toBe(sizes["index-b"]);
      });

  it("is not begun anew over content that nothing tells the names of", async () => {
    const name = "opfs-lost";
    await call(page, "openStore", name, "opfs");
    await call(page, "writeText", name, "/f", "one");
    await call(page, "closeStore", name);
    for (const file of ["index-a", "index-b"]) await call(page, "spoil", name, file, "remove");
    await call(page, "openStore", name, "opfs");
    expect(await call(page, "writeText", name, "/g", "two")).toMatchObject({ code: "EIO" });
  });
});
