import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeProvider } from "../apps/published/src/provider-template.ts";
import { mustRun } from "./steps.ts";

// `pnpm new-provider NAME`: a package in `packages/` that passes the conformance kit at once.
const root = fileURLToPath(new URL("..", import.meta.url));
const [name = ""] = process.argv.slice(2);
const folder = join("packages", name);
if (name !== "" && existsSync(join(root, folder))) {
  console.error(`${folder} is there already`);
  process.exit(1);
}
try {
  writeProvider(name, join(root, folder));
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(`${error.message}\nusage: npx pnpm new-provider NAME`);
  process.exit(2);
}
writeFileSync(
  join(root, ".changeset", `${name}.md`),
  `---\n"@vfs/${name}": minor\n---\n\nFiles of ... could not be mounted; \`${name}()\` mounts them.\n`,
);
mustRun(["pnpm", "install"], ["oxfmt", folder]);
const shell = process.platform === "win32";
const { status } = spawnSync("vitest", ["run", "--project", `@vfs/${name}`], {
  cwd: root,
  stdio: "inherit",
  shell,
});
if (status !== 0) process.exit(status ?? 1);
console.log(`
${folder} passes the kit. CONTRIBUTING.md has what comes next; in short:
  src/${name}.ts    make it a provider over your store, and its caps true
  test/skips.ts     take out what it can do by now
  npx pnpm exec vitest run --project @vfs/${name}
`);
