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

/** What a shell remembers while it runs something. just-bash's types keep it to themselves. */
type Memory = Record<string, unknown>;

/** A shell of just-bash with what its types do not tell. It is bound to one version of it. */
export interface OpenBash {
  readonly state: Memory;
  readonly limits: Record<string, number>;
  logResult(result: justBash.BashExecResult): justBash.BashExecResult;
}

/** What of that is to last: variables and what they are, functions, options, directories and the last exit code. */
const LASTING =
  `env arrays functions cwd previousDir options shoptOptions exportedVars readonlyVars lastExitCode lastArg
integerVars lowercaseVars uppercaseVars associativeArrays namerefs boundNamerefs invalidNamerefs declaredVars
directoryStack`.split(/\s+/);

// What just-bash looks for in such a memory as soon as it runs something, and does not find.
const ASKED_FOR = "processSubstitutions";

/**
 * Calls something that runs a script, and answers with a function that makes last what the script has changed: just-bash
 * gives each call a copy of the lasting memory, and forgets it. The copy is that which is asked for something while the
 * call begins, before it waits for anything.
 */
export function keepingMemory<T>(
  { state }: OpenBash,
  call: () => T,
): { readonly result: T; readonly keep: () => void } {
  let copy: Memory | undefined;
  const notice = (asked: Memory): undefined => {
    const isMemory = Object.hasOwn(asked, "functions") && Object.hasOwn(asked, "hashTable");
    if (isMemory && asked !== state) copy ??= asked;
  };
  // oxlint-disable-next-line no-extend-native -- just-bash tells nobody of the copy, and this is gone before it waits
  Object.defineProperty(Object.prototype, ASKED_FOR, {
    configurable: true,
    get(this: Memory) {
      return notice(this);
    },
  });
  try {
    return { result: call(), keep };
  } finally {
    delete (Object.prototype as Record<string, unknown>)[ASKED_FOR];
  }

  function keep(): void {
    for (const name of LASTING) if (copy !== undefined && name in copy) state[name] = copy[name];
  }
}

/** Runs something for which some variables are set, and takes them away again. */
export async function withEnvironment<T>(
  { state }: OpenBash,
  variables: Readonly<Record<string, string>> = {},
  action: () => Promise<T>,
): Promise<T> {
  const names = Object.keys(variables);
  const before = names.map((name) => ({
    name,
    value: (state["env"] as Map<string, string>).get(name),
    isExported: (state["exportedVars"] as Set<string>).has(name),
  }));
  for (const name of names) (state["exportedVars"] as Set<string>).add(name);
  try {
    return await action();
  } finally {
    const { env, exportedVars } = state as { env: Map<string, string>; exportedVars: Set<string> };
    for (const { name, value, isExported } of before) {
      if (value === undefined) env.delete(name);
      else env.set(name, value);
      if (!isExported) exportedVars.delete(name);
    }
  }
}
