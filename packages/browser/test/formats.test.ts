import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { call, openPage, useBrowser } from "./harness/pages.ts";

useBrowser("disk");

let page: Page;
beforeAll(async () => void (page = await openPage()));

const COUNT = 220;
const BYTES = 1000;

/** How a store lies there after two changes to one of the former form: the logs are begun anew when they have grown. */
const CONVERTED = {
  indexeddb: { inodes: 0, names: 0, steps: 0, rows: 2, meta: 2 },
  opfs: { same: true, begin: expect.stringContaining('"vfs-opfs-1","generation":4') as string },
};

/** After many: an image of all names, and what it stands for. */
const WITH_IMAGE = {
  indexeddb: { meta: 2 },
  opfs: { same: true, begin: expect.stringMatching(/"vfs-opfs-2","generation":[2-9]/u) as string },
};

for (const kind of ["indexeddb", "opfs"] as const)
  describe(`${kind} › what is stored`, () => {
    it("in the former form is read, and written down in the present one", async () => {
      const name = `${kind}-former`;
      await call(page, "writeFormer", kind, name, "from before");
      for (const more of ["one", "two"]) {
        await call(page, "openStore", name, kind);
        expect(await call(page, "readText", name, "/link")).toBe("from before");
        await call(page, "writeText", name, `/d/${more}`, more);
        await call(page, "closeStore", name);
      }
      await call(page, "openStore", name, kind);
      expect(await call(page, "readText", name, "/d/two")).toBe("two");
      expect(await call(page, "below", name, "/")).toEqual(["d", "d/f", "d/one", "d/two", "link"]);
      await call(page, "closeStore", name);
      expect(await call(page, "formOf", kind, name)).toMatchObject(CONVERTED[kind]);
    });

    it("of many files, with an image of their names, is all there when it is opened again", async () => {
      const name = `${kind}-many`;
      await call(page, "openStore", name, kind);
      await call(page, "writeMany", name, COUNT, BYTES);
      for (let i = 0; i < 2; i++) {
        expect(await call(page, "checkMany", name, COUNT, BYTES)).toEqual([]);
        await call(page, "closeStore", name);
        if (i === 0) await call(page, "openStore", name, kind);
      }
      expect(await call(page, "formOf", kind, name)).toMatchObject(WITH_IMAGE[kind]);
    });
  });

describe("opfs › index", () => {
  it("is made what the other one is when it is damaged in the middle", async () => {
    const name = "opfs-middle";
    await call(page, "openStore", name, "opfs");
    await call(page, "writeMany", name, 60, 10);
    await call(page, "closeStore", name);
    await call(page, "spoilMiddle", name, "index-b");
    await call(page, "openStore", name, "opfs");
    expect(await call(page, "checkMany", name, 60, 10)).toEqual([]);
    await call(page, "closeStore", name);
    expect(await call(page, "formOf", "opfs", name)).toMatchObject({ same: true });
  });
});

describe("indexeddb › a database of another program", () => {
  it("is left as it is", async () => {
    const name = "indexeddb-foreign";
    await call(page, "foreignDatabase", name);
    await call(page, "openStore", name, "indexeddb");
    expect(await call(page, "writeText", name, "/f", "x")).toMatchObject({
      code: "EINVAL",
      message: expect.stringContaining("another program") as string,
    });
  });
});
