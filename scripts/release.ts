import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun } from "./steps.ts";

// Publishes every package whose version npm does not have yet. Run by the workflow `release`.
const root = fileURLToPath(new URL("..", import.meta.url));
const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
if (server === undefined || repository === undefined) {
  console.error("run by the workflow `release`: npm's provenance needs the repository that it runs in");
  process.exit(1);
}

// Provenance holds only where the package names the repository that it was built from.
for (const path of globSync("{packages,apps}/*/package.json", { cwd: root })) {
  const file = join(root, path);
  const manifest = JSON.parse(readFileSync(file, "utf8")) as object;
  const named = { type: "git", url: `git+${server}/${repository}.git`, directory: dirname(path) };
  writeFileSync(file, `${JSON.stringify({ ...manifest, repository: named }, null, 2)}\n`);
}
mustRun(["turbo", "run", "build", "--output-logs=errors-only"], ["changeset", "publish"]);
