import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { directory } from "../src/index.ts";
import { conformInPage } from "./harness/conform-in-page.ts";
import { call, openPage, protocolOf, useBrowser } from "./harness/pages.ts";
import { DIRECTORY_SKIPS } from "./skips.ts";

useBrowser();

describe("directory › conformance", () => {
  const { caps } = directory({ handle: {} as FileSystemDirectoryHandle });
  conformInPage({ store: "directory", caps, skips: DIRECTORY_SKIPS });
});

describe("fromDataTransfer", () => {
  it("takes folders and files that the user drops", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vfs-drop-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, "site/css"), { recursive: true });
    writeFileSync(join(folder, "site/index.html"), "<p>");
    writeFileSync(join(folder, "site/css/a.css"), "p {}");
    writeFileSync(join(folder, "alone.txt"), "alone");
    for (let i = 0; i < 130; i++) writeFileSync(join(folder, "site/css", `n${i}.css`), String(i));
    const page = await openPage();
    await call(page, "acceptDrops", "/inbox");
    const protocol = await protocolOf(page);
    const data = {
      items: [],
      files: [join(folder, "site"), join(folder, "alone.txt")],
      dragOperationsMask: 1,
    };
    for (const type of ["dragEnter", "dragOver", "drop"] as const)
      await protocol.send("Input.dispatchDragEvent", { type, x: 50, y: 50, data });
    await expect.poll(() => call(page, "droppedFiles")).toBeDefined();
    const files = (await call(page, "droppedFiles")) ?? {};
    expect(files).toMatchObject({
      "/inbox/site/index.html": "<p>",
      "/inbox/site/css/a.css": "p {}",
      "/inbox/site/css/n129.css": "129",
      "/inbox/alone.txt": "alone",
    });
    expect(Object.keys(files)).toHaveLength(133);
  });

  it("takes files that come without folders, as pasted ones do", async () => {
    const page = await openPage();
    expect(await call(page, "paste", ["a.txt", "b.txt"])).toEqual(["/pasted/a.txt", "/pasted/b.txt"]);
  });
});

describe("toBlob, toObjectUrl, download", () => {
  it("give the content with its type, at an address that can be taken back", async () => {
    const page = await openPage();
    expect(await call(page, "blobOf", "/a.css", "a {}")).toEqual({
      type: "text/css",
      text: "a {}",
      byUrl: "a {}",
      after: "gone",
    });
  });

  it("saves a file under its own name", async () => {
    const page = await openPage();
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      call(page, "save", "/dir-less.txt", "saved"),
    ]);
    expect(saved.suggestedFilename()).toBe("dir-less.txt");
    expect(await readFile(await saved.path(), "utf8")).toBe("saved");
  });
});

describe("pickDirectory", () => {
  it("gives the folder that the user picks, and says when there is none", async () => {
    const page = await openPage();
    expect(await call(page, "pick", "pick")).toEqual(["from-here.txt"]);
    expect(await call(page, "pick", "abort")).toMatchObject({ code: "ECANCELED" });
    expect(await call(page, "pick", "missing")).toMatchObject({ code: "ENOTSUP" });
  });
});

describe("requestPersistence", () => {
  it("answers what the browser says", async () => {
    const page = await openPage();
    expect(await call(page, "persist")).toBe(await page.evaluate(() => navigator.storage.persisted()));
  });
});
