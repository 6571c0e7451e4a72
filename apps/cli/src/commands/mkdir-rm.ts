import type { Job, Program } from "../command.ts";

interface MkdirOptions {
  readonly parents?: boolean;
}

interface RmOptions {
  readonly recursive?: boolean;
  readonly force?: boolean;
}

export function addMkdir(program: Program): void {
  program
    .add<[string[], MkdirOptions]>(
      "mkdir <location...>",
      "make directories",
      (job, locations, { parents = false }) =>
        forEach(job, locations, "mkdir", true, async (path) => {
          await job.stores.vfs.mkdir(path, { recursive: parents });
        }),
    )
    .option("-p, --parents", "parents too, and do not mind what is there");
}

export function addRm(program: Program): void {
  program
    .add<[string[], RmOptions]>(
      "rm <location...>",
      "remove files",
      (job, locations, { recursive = false, force = false }) =>
        forEach(job, locations, "rm", false, (path) => job.stores.vfs.rm(path, { recursive, force })),
    )
    .option("-r, --recursive", "directories with everything in them")
    .option("-f, --force", "do not mind what is not there");
}

async function forEach(
  { stores, output }: Job,
  locations: string[],
  verb: string,
  toWrite: boolean,
  action: (path: string) => Promise<void>,
): Promise<void> {
  for (const text of locations) {
    try {
      await action((await stores.place(text, toWrite)).path);
      await output.result({ [verb]: text }, "");
    } catch (error) {
      output.failure(error, (path) => stores.written(path));
    }
  }
}
