import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The folder of the workspace. */
const root: string = fileURLToPath(new URL("..", import.meta.url));

/** Runs a command of the workspace, with its output shown. Answers whether it went well. */
function run(command: string, ...args: string[]): boolean {
  const shell = process.platform === "win32";
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", shell });
  return status === 0;
}

/** Runs commands until one fails, which ends the process. */
export function mustRun(...steps: string[][]): void {
  for (const [command = "", ...args] of steps) {
    if (run(command, ...args)) continue;
    console.error(`\nfailed: ${[command, ...args].join(" ")}`);
    process.exit(1);
  }
}
