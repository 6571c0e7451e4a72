import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { quoted } from "../../src/quote.ts";
import type { StartRequest } from "./process.ts";
import type { Sandbox } from "./sandbox.ts";
import type { User } from "./users.ts";

/** Who hears of a process: first that it has begun, then of what it prints, and then how it ended. */
export interface Heard {
  readonly begin: (launched: Launched) => void;
  readonly stdout: (bytes: Buffer) => void;
  readonly stderr: (bytes: Buffer) => void;
  readonly end: (code: number | null, signal: NodeJS.Signals | null) => void;
  readonly fail: (error: Error) => void;
}

/** A process that has begun. */
export interface Launched {
  readonly pid: number;
  readonly stdin: Writable | undefined;
  readonly signal: (name: NodeJS.Signals) => boolean;
}

export function environmentOf(sandbox: Sandbox, user: User): Record<string, string> {
  const { PATH = "/usr/local/bin:/usr/bin:/bin" } = process.env;
  return { PATH, HOME: sandbox.pathInside(sandbox.homeOf(user)), USER: user.name, LOGNAME: user.name };
}

const NAME = /^[A-Za-z_]\w*$/;

/** Begins what is asked for: in a fork of a shell that waits, where that does the same, else in a new process. */
export function launch(
  sandbox: Sandbox,
  { process: { cmd, args = [], envs = {} }, stdin = false }: StartRequest,
  at: string,
  user: User,
  heard: Heard,
): void {
  const [login, option, script = ""] = args;
  const isForShell = cmd === "/bin/bash" && args.length === 3 && login === "-l" && option === "-c";
  const isScript = isForShell && !sandbox.hasProfile;
  // With a real home a process that is begun here is not the one that is meant, but one that waits for it.
  if ((isScript || sandbox.hasRealHome) && !stdin && Object.keys(envs).every((name) => NAME.test(name))) {
    const text = isScript ? script : `exec ${[cmd, ...args].map(quoted).join(" ")}`;
    return sandbox.shells.run(sandbox.mapCommand(text), at, envs, user, heard);
  }
  const mapped = args.filter((arg) => arg !== "-l" || sandbox.hasProfile);
  const command = sandbox.commandOf(
    user,
    cmd,
    mapped.map((arg) => sandbox.mapCommand(arg)),
  );
  const child = spawn(command.program, command.args, {
    cwd: at,
    env: { ...environmentOf(sandbox, user), ...envs },
    stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"],
    ...command.ids,
  });
  heard.begin({
    pid: child.pid ?? -1,
    stdin: child.stdin ?? undefined,
    signal: (name) => child.kill(name),
  });
  child.stdout?.on("data", heard.stdout);
  child.stderr?.on("data", heard.stderr);
  child.stdin?.on("error", () => undefined);
  child.on("error", heard.fail);
  child.on("close", heard.end);
}
