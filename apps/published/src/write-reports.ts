import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { published, ROOT } from "./packages.ts";
import { report, reportName } from "./report.ts";

// Writes `reports/` anew, after a change of what a package declares that is meant.
const folder = join(ROOT, "apps", "published", "reports");
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) rmSync(join(folder, name));
for (const each of published()) {
  const text = report(each);
  if (text !== "") writeFileSync(join(folder, reportName(each)), text);
}
