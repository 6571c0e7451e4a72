import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { directory } from "../src/index.ts";
import { conformInPage } from "./harness/conform-in-page.ts";
import { call, openPage, useBrowser } from "./harness/pages.ts";
import { DIRECTORY_LIMITS, DIRECTORY_SKIPS } from "./skips.ts";

useBrowser();

let page: Page;
beforeAll(async () => void (page = await openPage()));

describe("directory › conformance", () => {
  const { caps } = directory({ handle: {} as FileSystemDirectoryHandle });
  // To write them by the browser's streams takes half a minute: they are made by another way below.
  const around = [...DIRECTORY_LIMITS, "readdir › gives all of 1,100 entries"];
  conformInPage({ store: "directory", caps, skips: DIRECTORY_SKIPS, around, which: 1 });

  it("readdir › gives all of 1,100 entries", async () => {
    const names = await call(page, "namesIn", "many", 1100);
    expect(names).toEqual(Array.from({ length: 1100 }, (_, i) => `f${i}`).sort());
  });
});

describe("fromDataTransfer", () => {
  it("takes folders with all that is in them, however many, beside files", async () => {
    const files: Record<string, string> = {
      "index.html": "<p>",
      "css/a.css": "p {}",
      "css/deep/b.css": "b {}",
    };
    for (let i = 0; i < 130; i++) files[`css/n${i}.css`] = String(i);
    const expected = Object.entries(files).map(([path, text]) => [`/inbox/site/${path}`, text]);
    expect(await call(page, "drop", "/inbox", "site", files)).toEqual({
      ...Object.fromEntries(expected),
      "/inbox/alone.txt": "alone",
    });
  });

  it("takes files that come without folders, as pasted ones do", async () => {
    expect(await call(page, "paste", ["a.txt", "b.txt"])).toEqual(["/pasted/a.txt", "/pasted/b.txt"]);
  });
});

describe("toBlob, toObjectUrl, download", () => {
  it("give the content with its type, at an address that can be taken back", async () => {
    expect(await call(page, "blobOf", "/a.css", "a {}")).toEqual({
      type: "text/css",
      text: "a {}",
      byUrl: "a {}",
      after: "gone",
    });
  });

  it("saves a file under its own name", async () => {
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      call(page, "save", "/dir-less.txt", "saved"),
    ]);
    expect(saved.suggestedFilename()).toBe("dir-less.txt");
    const folder = mkdtempSync(join(tmpdir(), "vfs-download-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await saved.saveAs(join(folder, "saved"));
    expect(readFileSync(join(folder, "saved"), "utf8")).toBe("saved");
  });
});

describe("pickDirectory", () => {
  it("gives the folder that the user picks, and says when there is none", async () => {
    expect(await call(page, "pick", "pick")).toEqual(["from-here.txt"]);
    expect(await call(page, "pick", "abort")).toMatchObject({ code: "ECANCELED" });
    expect(await call(page, "pick", "missing")).toMatchObject({ code: "ENOTSUP" });
  });
});

describe("requestPersistence", () => {
  it("answers what the browser says", async () => {
    expect(await call(page, "persist")).toBe(await page.evaluate(() => navigator.storage.persisted()));
  });
});
