import { Option } from "commander";
import type { Job, Program } from "../command.ts";
import { endsInDots } from "../location.ts";
import { permissionBits } from "../numbers.ts";
import { UsageError } from "../output.ts";
import type { Use } from "../stores.ts";
import { leavesRest, removeRest } from "../trees/rest.ts";

interface MkdirOptions {
  readonly parents?: boolean;
  readonly mode?: number;
  readonly verbose?: boolean;
}

interface RmOptions {
  readonly recursive?: boolean;
  readonly force?: boolean;
  /** `-R`, which people type as well. */
  readonly R?: boolean;
  readonly verbose?: boolean;
}

const MKDIR_EXAMPLES = `Examples:
  vfs mkdir file:./new
  vfs mkdir -p sqlite:./backup.db:/2026/11`;

const RM_EXAMPLES = `It refuses . and .. and the top of a store.

Examples:
  vfs rm file:./a.txt
  vfs rm -r sqlite:./backup.db:/2026`;

export function addMkdir(program: Program): void {
  program
    .add<[string[], MkdirOptions]>(
      "mkdir <location...>",
      "make directories",
      (job, locations, { parents = false, mode, verbose = false }) =>
        forEach(job, locations, { verb: "mkdir", use: "write", verbose }, async (path) => {
          await job.stores.vfs.mkdir(path, { recursive: parents, mode });
        }),
      { makesDatabases: true },
    )
    .option("-p, --parents", "parents too, and do not mind what is there")
    .option("-m, --mode <bits>", "permissions, as chmod has them: 700", permissionBits)
    .option("-v, --verbose", "print what is made")
    .addHelpText("after", MKDIR_EXAMPLES);
}

export function addRm(program: Program): void {
  program
    .add<[string[], RmOptions]>(
      "rm <location...>",
      "remove files",
      async (job, locations, { recursive, R, force = false, verbose = false }) => {
        for (const text of locations) refuseWhole(text, job.stores.isTop(text));
        await forEach(job, locations, { verb: "rm", use: "remove", verbose }, (path) =>
          remove(job, path, recursive ?? R ?? false, force),
        );
      },
    )
    .option("-r, --recursive", "directories with everything in them")
    .addOption(new Option("-R", "the same").hideHelp())
    .option("-f, --force", "do not mind what is not there")
    .option("-v, --verbose", "print what is removed")
    .addHelpText("after", RM_EXAMPLES);
}

async function remove(
  { stores, signal, onError }: Job,
  path: string,
  recursive: boolean,
  force: boolean,
): Promise<void> {
  const { vfs } = stores;
  try {
    await vfs.rm(path, { recursive, force, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!recursive || !leavesRest(error)) throw error;
    await removeRest(vfs, path, onError, signal);
  }
}

/** As rm(1) does: nobody means to remove where he is, or all that there is. */
function refuseWhole(text: string, isTop: boolean): void {
  if (endsInDots(text)) throw new UsageError(`${text}: rm removes no . and no ..`);
  if (isTop) throw new UsageError(`${text}: rm does not remove the top of a store; name what is in it`);
}

async function forEach(
  { stores, output, onError }: Job,
  locations: string[],
  { verb, use, verbose }: { readonly verb: string; readonly use: Use; readonly verbose: boolean },
  action: (path: string) => Promise<void>,
): Promise<void> {
  for (const text of locations) stores.check(text, use);
  for (const text of locations) {
    try {
      await action((await stores.place(text, use)).path);
      await output.result({ [verb]: text }, verbose ? output.name(text) : "");
    } catch (error) {
      onError(error);
    }
  }
}
