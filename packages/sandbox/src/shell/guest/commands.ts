import { AsyncLocalStorage } from "node:async_hooks";
import { posix } from "node:path";
import { call, HostError } from "../../python/guest/channel.ts";
import type { Command, JustBash } from "./bash.ts";

type Context = Parameters<Command["execute"]>[1];
type Result = Awaited<ReturnType<Command["execute"]>>;

/** Commands of this package: `python3` and `node` on its own engines, and the functions of the host by their names. */
export function ownCommands(bash: JustBash, callbacks: readonly string[]): Command[] {
  const inContext = AsyncLocalStorage.snapshot();
  const command = (name: string, run: (args: string[], context: Context) => Result): Command =>
    bash.defineCommand(name, (args, context) => inContext(async () => run(args, context)));
  const program = (name: string, make: (args: string[], context: Context) => Start | Result): Command =>
    command(name, (args, context) => {
      const made = make(args, context);
      if ("exitCode" in made) return made;
      const stdin = Buffer.from(made.stdin, "latin1");
      const result = call("command", [made.language, made.command], stdin) as Result;
      return { ...result, stdoutKind: "bytes", stderr: Buffer.from(result.stderr, "latin1").toString() };
    });
  const stdinOf = (context: Context): string => bash.latin1FromBytes(context.stdin);
  return [
    program("python3", (args, context) => python(args, context, stdinOf(context))),
    program("python", (args, context) => python(args, context, stdinOf(context))),
    program("node", (args, context) => node(args, context, stdinOf(context))),
    ...callbacks.map((name) => command(name, (args) => hostFunction(name, args))),
  ];
}

/** A program to be started, with what is on its standard input, a character a byte. */
interface Start {
  readonly language: "python3" | "node";
  readonly command: object;
  readonly stdin: string;
}

const USAGE = 2;

function python(args: readonly string[], context: Context, stdin: string): Start | Result {
  const start = (kind: string, what: string, argv: readonly string[], input = stdin): Start => ({
    language: "python3",
    command: { kind, what, argv, ...surroundings(context) },
    stdin: input,
  });
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    const next = args[i + 1];
    if (arg === "-V" || arg === "--version") return printed("Python 3.14.2\n");
    if (arg === "-c" || arg === "-m") {
      if (next === undefined) return refused(`python3: argument expected for the ${arg} option`);
      return start(arg === "-c" ? "code" : "module", next, [arg, ...args.slice(i + 2)]);
    }
    if (arg === "-") return start("code", textOf(stdin), args.slice(i), "");
    if (/^-[bBdEhiIOPqRsSuvx]+$/.test(arg)) continue;
    if ((arg === "-W" || arg === "-X") && next !== undefined) i++;
    else if (arg.startsWith("-")) return refused(`python3: unknown option ${arg}`);
    else return start("file", posix.resolve(context.cwd, arg), args.slice(i));
  }
  return start("code", textOf(stdin), [""], "");
}

function node(args: readonly string[], context: Context, stdin: string): Start | Result {
  const start = (
    kind: string,
    what: string,
    argv: readonly string[],
    prints = false,
    input = stdin,
  ): Start => ({
    language: "node",
    command: { kind, what, prints, argv, ...surroundings(context) },
    stdin: input,
  });
  const [first = "-", second] = args;
  if (first === "-v" || first === "--version") return printed("quickjs 2025-09-13\n");
  if (/^-(?:e|p|pe|-eval|-print)$/.test(first)) {
    if (second === undefined) return refused(`node: ${first} requires an argument`);
    return start("code", second, args.slice(2), /^-(?:p|pe|-print)$/.test(first));
  }
  if (first === "-") return start("code", textOf(stdin), ["-", ...args.slice(1)], false, "");
  if (first.startsWith("-")) return refused(`node: bad option: ${first}`);
  const path = posix.resolve(context.cwd, first);
  return start("file", path, [path, ...args.slice(1)]);
}

/** What a program is started in. */
function surroundings({ cwd, exportedEnv = {} }: Context): { cwd: string; env: Record<string, string> } {
  return { cwd, env: { ...exportedEnv } };
}

/** A function of the host as a command: its arguments are texts, and its result is printed. */
function hostFunction(name: string, args: readonly string[]): Result {
  try {
    const value = call("call", [name, args, {}]);
    if (value === null) return printed("");
    return printed(`${typeof value === "string" ? value : JSON.stringify(value)}\n`);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { stdout: "", stderr: `${name}: ${error.message}\n`, exitCode: 1 };
  }
}

function printed(stdout: string): Result {
  return { stdout, stderr: "", exitCode: 0 };
}

function refused(complaint: string): Result {
  return { stdout: "", stderr: `${complaint}\n`, exitCode: USAGE };
}

function textOf(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString();
}
