import { bufferOf, host, print } from "./host.ts";
import { queueMicrotask } from "./timers.ts";

// A `process` for scripts: what they were started with, and how they end. Nothing in it is the host's.

let directory = "/";
let startMs = host.now();

/** What a piece of code is given. */
export interface Given {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export function cwd(): string {
  return directory;
}

/** Goes to a directory; that there is one is for the caller to see. */
export function setCwd(path: string): void {
  directory = path;
}

function writable(fd: 1 | 2): object {
  return {
    fd,
    isTTY: false,
    write(chunk: string | Uint8Array): boolean {
      if (typeof chunk === "string") print(fd, chunk);
      else host.write(fd, -1, bufferOf(chunk));
      return true;
    },
  };
}

function hrtime(before?: readonly [number, number]): [number, number] {
  const ns = Math.round(host.now() * 1e6) - (before === undefined ? 0 : before[0] * 1e9 + before[1]);
  return [Math.floor(ns / 1e9), ns % 1e9];
}
hrtime.bigint = (): bigint => BigInt(Math.round(host.now() * 1e6));

export const process: Record<string, unknown> = {
  argv: ["node"],
  env: {},
  platform: "linux",
  arch: "wasm32",
  pid: 1,
  exitCode: undefined,
  versions: { quickjs: "2025-09-13" },
  stdout: writable(1),
  stderr: writable(2),
  stdin: { fd: 0, isTTY: false },
  cwd,
  hrtime,
  uptime: () => (host.now() - startMs) / 1000,
  nextTick: (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    queueMicrotask(() => callback(...args)),
  exit(code: unknown = process["exitCode"]): never {
    host.exit(Number(code ?? 0) & 255);
    // Interrupted here, so that nothing of the script can catch it.
    for (;;);
  },
  on: () => process,
  once: () => process,
  off: () => process,
  emitWarning: (text: unknown) => print(2, `(node:1) Warning: ${String(text)}\n`),
};

/** Begins a piece of code. */
export function start({ argv, env }: Given): void {
  startMs = host.now();
  Object.assign(process, { argv: ["node", ...argv], env: { ...env }, exitCode: undefined });
}
