import { describe, expect, it } from "vitest";
import { openPage, useBrowser } from "./harness/pages.ts";

useBrowser();

describe("the test page", () => {
  it("is cross-origin isolated, unless the headers are left out", async () => {
    const [isolated, plain] = [await openPage(), await openPage("/plain/")];
    expect(await isolated.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
    expect(await plain.evaluate(() => globalThis.crossOriginIsolated)).toBe(false);
  });
});
