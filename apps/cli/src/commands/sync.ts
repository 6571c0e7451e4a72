import type { Job, Program } from "../command.ts";
import { Progress } from "../progress.ts";
import { below, type Place } from "../stores.ts";
import { sync, type SyncReport } from "../trees/sync.ts";
import type { SyncStep } from "../trees/sync-plan.ts";
import { bytesText } from "../text.ts";

interface SyncFlags {
  readonly delete?: boolean;
  readonly dryRun?: boolean;
  readonly checksum?: boolean;
  readonly exclude?: string[];
  readonly quiet?: boolean;
}

const HELP = `What is in the first directory goes into the second one, which is made when it is not there. A file is copied when
there is none, or one of another size or time; copies keep the times of their originals. Where a store keeps no times,
as large and younger is the same. Each file is there whole or not at all: when it was cut short, run it again, and it
copies what is left. With --delete nothing is removed when a copy failed.

Examples:
  vfs sync file:./site s3://my-bucket/site --delete --dry-run
  vfs sync file:./project sqlite:./backup.db:/project --exclude node_modules --exclude ".git"
  vfs sync --checksum s3://my-bucket/site file:./site`;

export function addSync(program: Program): void {
  program
    .add<[string, string, SyncFlags]>(
      "sync <from> <to>",
      "make a directory what another one is, and copy only what changed",
      run,
      { makesDatabases: true },
    )
    .option("--delete", "remove what is not in the first one")
    .option("-n, --dry-run", "only print what would be done")
    .option("-c, --checksum", "compare the contents, not sizes and times")
    .option(
      "--exclude <pattern>",
      "leave alone, in both: *.tmp, build/cache; may be given more than once",
      collect,
    )
    .option("-q, --quiet", "print only what failed")
    .addHelpText("after", HELP);
}

async function run(job: Job, from: string, to: string, flags: SyncFlags): Promise<void> {
  const { stores, output, signal, onError } = job;
  const { quiet = false, dryRun = false, checksum, exclude } = flags;
  stores.check(from, "read");
  stores.check(to, "write");
  const target = await stores.place(to, dryRun ? "read" : "write");
  const source = await stores.place(from);
  const progress = new Progress(output.terminal, `sync ${from}`);
  try {
    const report = await sync(stores.vfs, source.path, target.path, {
      delete: flags.delete,
      dryRun,
      checksum,
      exclude,
      signal,
      onStep: async (step) => {
        if (!quiet) await tell(job, target, step);
      },
      onError,
      onProgress: (bytes) => progress.tell(bytes, undefined),
    });
    progress.end();
    if (!quiet) await output.result({ ...report, dryRun }, summary(report, dryRun));
  } finally {
    progress.end();
  }
}

async function tell({ output }: Job, target: Place, step: SyncStep): Promise<void> {
  const at = output.name(below(target, `${target.path}/${step.path}`));
  const why = step.action === "copy" && step.reason !== "new" ? ` (${step.reason})` : "";
  await output.result(step, `${step.action.padEnd(6)} ${at}${why}`);
}

function summary(
  { copied, copiedBytes, made, removed, unchanged, failed }: SyncReport,
  dryRun: boolean,
): string {
  const parts = [
    `${copied} copied (${bytesText(copiedBytes)})`,
    ...(made > 0 ? [`${made} made`] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
    `${unchanged} unchanged`,
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return `${dryRun ? "would be: " : ""}${parts.join(", ")}`;
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}
