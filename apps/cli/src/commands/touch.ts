import type { Stats } from "@vfs/core";
import type { Job, Program } from "../command.ts";
import { pointInTime } from "../numbers.ts";

interface TouchOptions {
  /** Of `--no-create`. */
  readonly create: boolean;
  readonly date?: number;
  readonly reference?: string;
}

const EXAMPLES = `Examples:
  vfs touch file:./new.txt
  vfs touch -d 2026-01-31T12:00Z sqlite:./backup.db:/a.txt
  vfs touch -r file:./a.txt file:./b.txt`;

export function addTouch(program: Program): void {
  program
    .add<[string[], TouchOptions]>(
      "touch <location...>",
      "make empty files, or set the times of those that are there",
      touch,
      { makesDatabases: true },
    )
    .option("-c, --no-create", "leave alone what is not there")
    .option("-d, --date <time>", "this time and not now: 2026-01-31, 2026-01-31T12:00Z", pointInTime)
    .option("-r, --reference <location>", "the times of this file")
    .addHelpText("after", EXAMPLES);
}

async function touch(job: Job, locations: string[], options: TouchOptions): Promise<void> {
  const { stores, output, onError } = job;
  for (const text of locations) stores.check(text, "write");
  const times = await timesOf(job, options);
  for (const text of locations) {
    try {
      const { path } = await stores.place(text, options.create ? "write" : "read");
      if (!options.create && !(await stores.vfs.exists(path))) continue;
      if (times === undefined || !(await stores.vfs.exists(path))) await stores.vfs.touch(path);
      if (times !== undefined) await stores.vfs.utimes(path, times.atimeMs / 1000, times.mtimeMs / 1000);
      await output.result({ touch: text }, "");
    } catch (error) {
      onError(error);
    }
  }
}

/** The times that are wanted; undefined for now. */
async function timesOf(
  { stores }: Job,
  { date, reference }: TouchOptions,
): Promise<Pick<Stats, "atimeMs" | "mtimeMs"> | undefined> {
  if (reference !== undefined) return stores.vfs.stat((await stores.place(reference)).path);
  return date === undefined ? undefined : { atimeMs: date, mtimeMs: date };
}
