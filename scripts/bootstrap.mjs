// Runs on any Node from 20, with nothing installed: installs what the lockfile says, the project's own Node among it,
// and hands over to a script that runs on that Node.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules", ".bin");
const node = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
const stamp = join(root, "node_modules", ".installed");

function install() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .digest("hex");
  if (existsSync(stamp) && existsSync(node) && readFileSync(stamp, "utf8") === lock) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  // On Windows npx is a script, which only a shell can start.
  const shell = process.platform === "win32";
  const args = ["--yes", packageManager, "install", "--frozen-lockfile"];
  const { status, error } = spawnSync("npx", args, { cwd: root, stdio: ["ignore", 2, 2], shell });
  if (error !== undefined || status !== 0) {
    console.error(`installing failed${error === undefined ? "" : `: ${error.message}`}; see above`);
    process.exit(status ?? 1);
  }
  writeFileSync(stamp, lock);
}

install();
const [task, ...args] = process.argv.slice(2);
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
const script = join(root, "scripts", `${task}.ts`);
const { status, signal } = spawnSync(node, ["--disable-warning=ExperimentalWarning", script, ...args], {
  stdio: "inherit",
  env,
});
process.exit(signal === null ? (status ?? 1) : 130);
