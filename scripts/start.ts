import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// `npm start`: builds, then runs the `vfs` command with the arguments, or its tour of this very checkout.
const root = fileURLToPath(new URL("..", import.meta.url));
const main = join("apps", "cli", "dist", "main.js");

/** Builds without a word on the standard output, which is the command's. */
function build(): void {
  if (!existsSync(join(root, main))) console.error("building ...");
  const args = ["run", "build", "--filter=@vfs/cli...", "--output-logs=errors-only"];
  const shell = process.platform === "win32";
  const { status, stdout, stderr } = spawnSync("turbo", args, { cwd: root, encoding: "utf8", shell });
  if (status === 0) return;
  console.error(`${stdout}${stderr}\nbuilding failed`);
  process.exit(1);
}

build();
mkdirSync(join(root, ".cache"), { recursive: true });
const given = process.argv.slice(2);
const args = given.length > 0 ? given : ["tour", "packages", "--db", join(".cache", "tour.db")];
const { status } = spawnSync(process.execPath, [main, ...args], { cwd: root, stdio: "inherit" });
process.exit(status ?? 1);
