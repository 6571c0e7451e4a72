#!/usr/bin/env node
import { constants } from "node:os";
import { runCli } from "./cli.ts";
import { Ended, endedCode } from "./ending.ts";

const { argv, stdin, stdout, stderr } = process;
const ending = new AbortController();
const { signal } = ending;

// The first signal lets the command clean up; the second one ends it as if nobody listened.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(name, () => ending.abort(new Ended(name, 128 + constants.signals[name])));

stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (signal.aborted) return;
  // Whoever reads the output may have read enough: `vfs find / | head`.
  const isEnough = error.code === "EPIPE";
  if (!isEnough) stderr.write(`vfs: the standard output: ${error.message}\n`);
  ending.abort(new Ended(error.message, isEnough ? 0 : 1));
});
// What nobody listens to any more is no reason to stop.
stderr.on("error", () => undefined);
// Nobody is to go on waiting for it.
signal.addEventListener("abort", () => stdin.destroy());

const code = await runCli(argv.slice(2), { stdin, stdout, stderr, signal, cwd: process.cwd() });
// What was left off is not to keep the process.
if (signal.aborted) process.exit(code);
process.exitCode = code;
// The last words may still be on their way.
signal.addEventListener("abort", () => process.exit(endedCode(signal)));
