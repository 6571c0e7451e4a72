#!/usr/bin/env node
import { runCli } from "./cli.ts";

const { argv, stdin, stdout, stderr } = process;
// Whoever reads the output may have read enough: `vfs find / | head`.
stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await runCli(argv.slice(2), { stdin, stdout, stderr, cwd: process.cwd() });
