import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { published, ROOT } from "../src/packages.ts";
import { report, reportName } from "../src/report.ts";

const folder = join(ROOT, "apps", "published", "reports");
const HINT =
  "what is declared has changed: npx pnpm --filter @vfs/published report, and look at the difference";

describe("reports", () => {
  const reported = published().filter((each) => report(each) !== "");

  for (const each of reported)
    it(`${each.manifest.name} › declares what its report says`, () => {
      const path = join(folder, reportName(each));
      const written = existsSync(path) ? readFileSync(path, "utf8") : "";
      expect(report(each), HINT).toBe(written);
    });

  it("are there for no other package", () => {
    expect(readdirSync(folder).sort()).toEqual(reported.map(reportName).sort());
  });

  it("tell a signature, and leave comments out", () => {
    const core = report(published().find(({ manifest }) => manifest.name === "@vfs/core")!);
    expect(core).toContain("declare function createVfs(provider: Provider, options?: VfsOptions): Vfs;");
    expect(core).not.toContain("/**");
  });
});
