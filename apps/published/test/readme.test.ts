import { readFileSync } from "node:fs";
import { join } from "node:path";
import { indexeddb, opfs } from "@vfs/browser";
import { CASES } from "@vfs/conformance";
import { e2b } from "@vfs/e2b";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { s3 } from "@vfs/s3";
import { sqlite } from "@vfs/sqlite";
import { describe, expect, it } from "vitest";
import { published, ROOT } from "../src/packages.ts";
import { storesTable } from "../src/stores-table.ts";

const text = readFileSync(join(ROOT, "README.md"), "utf8");
/** A table without the blanks and dashes that make its columns as wide as each other. */
const bare = (table: string): string => table.trim().replaceAll(/-{2,}/g, "-").replaceAll(/ {2,}/g, " ");

describe("README", () => {
  it.runIf(process.platform === "linux")("tells what stores can do, as their caps say", () => {
    const [, told = ""] = /<!-- stores: [^\n]*-->\n([\s\S]*?)<!-- \/stores -->/.exec(text) ?? [];
    const stores = {
      "memory()": memory().caps,
      "local()": local({ root: "." }).caps,
      "sqlite()": sqlite({ file: ":memory:" }).caps,
      "s3()": s3({ bucket: "any" }).caps,
      "e2b()": e2b({}).caps,
      "opfs()": opfs().caps,
      "indexeddb()": indexeddb({ name: "any" }).caps,
    };
    expect(bare(told)).toBe(storesTable(stores));
  });

  it("names every package that is published, once", () => {
    for (const { manifest } of published())
      expect(text.split(`| [\`${manifest.name}\`](`).length - 1, manifest.name).toBe(1);
  });

  it("tells how many cases the kit has, to the next ten", () => {
    const pages = ["README.md", "packages/conformance/README.md", "docs/writing-a-provider.md"];
    for (const page of pages)
      for (const [, count] of readFileSync(join(ROOT, page), "utf8").matchAll(
        /(?:some|published,) (\d+) cases/g,
      ))
        expect(Math.abs(Number(count) - CASES.length), page).toBeLessThanOrEqual(10);
  });
});
