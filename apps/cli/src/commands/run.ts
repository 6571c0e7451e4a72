import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { getSystemErrorMap } from "node:util";
import { Option } from "commander";
import type { Job, Program } from "../command.ts";
import { ENGINES, type Language } from "../engines.ts";
import { wholeNumberOf } from "../numbers.ts";
import { UsageError, type Terminal } from "../output.ts";
import { complaintOf, exitCodeOf } from "../verdict.ts";

interface RunOptions {
  readonly code?: boolean;
  readonly timeout?: number;
  readonly memory?: number;
  readonly output?: number;
  readonly engine: Language;
}

const MEBIBYTE = 1 << 20;

// A timer of Node ends at 2^31 - 1 milliseconds, and the sandbox waits a little longer than it is told.
const MOST_SECONDS = 2_000_000;
// The interpreter is of 32 bits, and does not start with less.
const MEMORY_MIB = [64, 4095] as const;
// All of it is kept until the code is done.
const MOST_OUTPUT_MIB = 256;

const HELP = `
The code sees in /data what --mount and --mount-ro put into the root, and nothing else of this machine.
Without them /data is empty, and what is written there ends with the command. Standard input is empty for the code.
Options come before the script: what stands behind it is for the script, in sys.argv, process.argv or $1.
js and shell need packages of their own, quickjs-emscripten and just-bash: without them the command says which.

Exit codes: that of sys.exit(), process.exit() or exit in the code; 1 when it raised or printed too much, 124 when it took too long,
137 when it was killed or had no memory left.

Examples:
  vfs run --mount-ro /in=file:./data --mount /out=sqlite:./out.db script.py --fast
  vfs run --mount-ro /in=file:./data -c "import os; print(os.listdir('/data/in'))"
  vfs run --engine shell --mount-ro /in=file:./data -c "grep -c error in/*.log"`;

export function addRun(program: Program): void {
  program
    .add<[string, string[], RunOptions]>(
      "run <script> [args...]",
      "run a Python, JavaScript or shell script of this machine, sealed off; it sees the root in /data; - is the standard input",
      run,
      { makesDatabases: true, seesCwd: false },
    )
    .option("-c, --code", "the argument is the code itself, no file")
    .addOption(new Option("--engine <name>", "what runs it").choices(Object.keys(ENGINES)).default("python"))
    .option(
      "--timeout <seconds>",
      "how long it may take, 30 unless told, 2000000 at most",
      wholeNumberOf(1, MOST_SECONDS),
    )
    .option(
      "--memory <MiB>",
      "how much memory it may have, 256 unless told, 64 to 4095",
      wholeNumberOf(...MEMORY_MIB),
    )
    .option(
      "--output <MiB>",
      "how much it may print, 1 unless told, 256 at most",
      wholeNumberOf(1, MOST_OUTPUT_MIB),
    )
    .passThroughOptions()
    .addHelpText("after", HELP);
}

async function run(
  { stores, output, signal }: Job,
  script: string,
  args: string[],
  { code: isCode = false, engine, timeout, memory, output: printed }: RunOptions,
): Promise<number> {
  const { terminal, json } = output;
  const code = isCode ? script : await readScript(script, terminal);
  const limits = {
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    memoryBytes: memory === undefined ? undefined : memory * MEBIBYTE,
    outputBytes: printed === undefined ? undefined : printed * MEBIBYTE,
  };
  const { createSession } = await import("@vfs/sandbox");
  await using session = await createSession({ vfs: stores.root, engine: await ENGINES[engine](), limits });
  const argv = [isCode ? "-c" : script, ...args];
  const listeners = json
    ? {}
    : {
        onStdout: (text: string) => void terminal.stdout.write(text),
        onStderr: (text: string) => void terminal.stderr.write(text),
      };
  const result = await session.execute(code, { ...listeners, argv, signal });
  if (json) await output.result(result, "");
  else if (result.error !== undefined) terminal.stderr.write(complaintOf(result.error));
  return result.error === undefined ? (result.exitCode ?? 0) : exitCodeOf(result.error);
}

async function readScript(script: string, { stdin, cwd, signal }: Terminal): Promise<string> {
  const bytes = script === "-" ? await buffer(stdin) : await readNamed(script, cwd);
  signal.throwIfAborted();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${script}: the script is not UTF-8`);
  }
}

async function readNamed(script: string, cwd: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(cwd, script));
  } catch (error) {
    const { errno = 0, message } = error as NodeJS.ErrnoException;
    const [, text] = getSystemErrorMap().get(errno) ?? [];
    throw new Error(`${script}: ${text ?? message}`, { cause: error });
  }
}
