import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createSession, python, type ErrorKind, type ExecutionResult } from "@vfs/sandbox";
import type { Job, Program } from "../command.ts";
import { wholeNumber } from "../numbers.ts";

interface RunOptions {
  readonly code?: boolean;
  readonly timeout?: number;
  readonly memory?: number;
}

const MEBIBYTE = 1 << 20;

export function addRun(program: Program): void {
  program
    .add<[string, string[], RunOptions]>(
      "run <script> [args...]",
      "run a Python script of this machine, sealed off; it sees the root in /data; - is the standard input",
      run,
    )
    .option("-c, --code", "the argument is the code itself, no file")
    .option("--timeout <seconds>", "how long it may take, 30 unless told", wholeNumber)
    .option("--memory <MiB>", "how much memory it may have, 256 unless told", wholeNumber)
    .passThroughOptions();
}

async function run(
  { stores, output }: Job,
  script: string,
  args: string[],
  { code: isCode = false, timeout, memory }: RunOptions,
): Promise<number> {
  const { terminal, json } = output;
  const code = isCode ? script : await readScript(script, terminal.stdin, terminal.cwd);
  const limits = {
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    memoryBytes: memory === undefined ? undefined : memory * MEBIBYTE,
  };
  await using session = await createSession({ vfs: stores.root, engine: python(), limits });
  await session.execute(`import sys; sys.argv = ${JSON.stringify([isCode ? "-c" : script, ...args])}`);
  const listeners = json
    ? {}
    : {
        onStdout: (text: string) => void terminal.stdout.write(text),
        onStderr: (text: string) => void terminal.stderr.write(text),
      };
  const result = await session.execute(code, listeners);
  if (json) await output.result(result, "");
  else if (result.error !== undefined)
    terminal.stderr.write(ended(result.error.traceback || result.error.message));
  return exitCode(result);
}

async function readScript(script: string, stdin: AsyncIterable<Uint8Array>, cwd: string): Promise<string> {
  if (script !== "-") return readFile(resolve(cwd, script), "utf8");
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stdin) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

function ended(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

// 124 is what timeout(1) answers, 137 what a shell does of a program that was killed.
const CODES: { readonly [K in ErrorKind]: number } = {
  exception: 1,
  output: 1,
  timeout: 124,
  memory: 137,
  killed: 137,
};

function exitCode({ error }: ExecutionResult): number {
  return error === undefined ? 0 : CODES[error.kind];
}
