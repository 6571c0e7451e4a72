import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { conformInPage } from "./harness/conform-in-page.ts";
import { openPage, useBrowser } from "./harness/pages.ts";
import { MEMORY_SKIPS } from "./skips.ts";

useBrowser();

describe("memory › conformance › in a page", () => {
  conformInPage({ store: "memory", caps: memory().caps, skips: MEMORY_SKIPS });
});

describe("the page", () => {
  it("is cross-origin isolated, unless the headers are left out", async () => {
    const [isolated, plain] = [await openPage(), await openPage("/plain/")];
    expect(await isolated.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
    expect(await plain.evaluate(() => globalThis.crossOriginIsolated)).toBe(false);
  });
});
