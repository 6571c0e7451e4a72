import type * as justBash from "just-bash";

/** What is used of just-bash, which is loaded from where the host found it. */
export type JustBash = Pick<
  typeof justBash,
  | "Bash"
  | "InMemoryFs"
  | "defineCommand"
  | "getCommandNames"
  | "latin1FromBytes"
  | "parse"
  | "unsafeBytesFromLatin1"
>;

export type Script = ReturnType<typeof justBash.parse>;
export type Command = ReturnType<typeof justBash.defineCommand>;
export type FileSystem = justBash.IFileSystem;

/** The part of a shell's memory that just-bash forgets after each call. Its types keep it to themselves. */
interface Memory {
  env: Map<string, string>;
  arrays: Map<string, unknown>;
  functions: Map<string, unknown>;
  cwd: string;
  previousDir: string;
  lastExitCode: number;
  readonly options: Record<string, boolean>;
  readonly shoptOptions: Record<string, boolean>;
}

/** A shell of just-bash with what its types do not tell. It is bound to one version of it. */
export interface OpenBash {
  readonly state: Memory;
  readonly limits: Record<string, number>;
  logResult(result: justBash.BashExecResult): justBash.BashExecResult;
}

/**
 * Calls something that makes a shell's memory for one call out of the lasting one, and answers with a function that
 * makes that the lasting one. just-bash copies variables, arrays and functions as its first step, before it waits for
 * anything, so the copies are those that are made meanwhile.
 */
export function keepingMemory<T>({ state }: OpenBash, call: () => T): { readonly result: T; keep(): void } {
  const Plain = globalThis.Map;
  const { env: oldEnv, functions: oldFunctions } = state;
  let env: Memory["env"] | undefined;
  let arrays: Memory["arrays"] | undefined;
  let functions: Memory["functions"] | undefined;
  globalThis.Map = class<K, V> extends Plain<K, V> {
    constructor(entries?: Iterable<readonly [K, V]> | null) {
      super(entries);
      if (functions !== undefined) return;
      if ((entries as unknown) === oldEnv) env ??= this as never;
      else if ((entries as unknown) === oldFunctions) functions = this as never;
      else if (Array.isArray(entries)) arrays = this as never;
    }
  } as MapConstructor;
  try {
    return { result: call(), keep };
  } finally {
    globalThis.Map = Plain;
  }

  function keep(): void {
    if (env === undefined || functions === undefined) return;
    Object.assign(state, {
      env,
      functions,
      ...(arrays === undefined ? {} : { arrays }),
      cwd: env.get("PWD") ?? state.cwd,
      previousDir: env.get("OLDPWD") ?? state.previousDir,
    });
    setAll(state.options, env.get("SHELLOPTS"));
    setAll(state.shoptOptions, env.get("BASHOPTS"));
  }
}

/** Sets those options that a list names, and no other. */
function setAll(options: Record<string, boolean>, list: string | undefined): void {
  if (list === undefined) return;
  const on = new Set(list.split(":"));
  for (const name of Object.keys(options)) options[name] = on.has(name);
}
