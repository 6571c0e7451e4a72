import { launch } from "@vfs/chromium";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { call, openPageIn, protocolOf } from "./harness/pages.ts";

for (const kind of ["indexeddb", "opfs"] as const)
  describe(`${kind} › quota`, () => {
    // A browser of its own: what one page is held to holds for all of a browser, and for some time after.
    it("says EDQUOT when the site has no more room, loses nothing by it, and goes on when there is room again", async () => {
      const browser = await launch();
      onTestFinished(() => browser.close());
      const context = await browser.newContext();
      const page = await openPageIn(context);
      const protocol = await protocolOf(page);
      const origin = inject("origin");
      const [name, filler] = ["limited", "filler"];
      // What is full is the site: it is filled by OPFS, for a database is told late how much room it has.
      await call(page, "openStore", filler, "opfs");
      await call(page, "writeText", filler, "/kept", "kept");
      await protocol.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 8 << 20 });
      const full = { code: "EDQUOT", message: expect.stringContaining("no more room") as string };
      expect(await call(page, "fill", filler, 12)).toMatchObject(full);
      await call(page, "openStore", name, kind);
      expect(await call(page, "fill", name, 2)).toMatchObject(full);
      expect(await call(page, "readText", filler, "/kept")).toBe("kept");
      await protocol.send("Storage.overrideQuotaForOrigin", { origin });
      for (const each of [name, filler])
        expect(await call(page, "writeText", each, "/more", "more")).toBeUndefined();
      await page.close();
      const after = await openPageIn(context);
      await call(after, "openStore", name, kind);
      await call(after, "openStore", filler, "opfs");
      expect(await call(after, "below", name, "/")).toEqual(["more"]);
      expect(await call(after, "readText", filler, "/kept")).toBe("kept");
      expect(await call(after, "readText", filler, "/more")).toBe("more");
    });
  });
