import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const text = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

describe("CONTRIBUTING", () => {
  it("shows the provider that passes the kit, in 60 lines at most", () => {
    const [, shown = ""] =
      /example-provider\.ts -->\s+```ts\n([\s\S]*?)```/.exec(text("../../../CONTRIBUTING.md")) ?? [];
    expect(shown).toBe(text("example-provider.ts"));
    expect(shown.trimEnd().split("\n").length).toBeLessThanOrEqual(60);
  });
});
