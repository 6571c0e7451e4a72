import type { ExportFormat, Snapshot, Snapshots } from "@vfs/snapshot";
import type { Job, Program } from "../command.ts";
import { byteCount, wholeNumberOf } from "../numbers.ts";
import { UsageError } from "../output.ts";
import { Progress } from "../progress.ts";
import { below, type Place, type Use } from "../stores.ts";
import { bytesText, columns, timeText } from "../text.ts";
import { lines } from "./snapshot-lines.ts";

interface StoreFlags {
  readonly store?: string;
}

interface CreateFlags extends StoreFlags {
  readonly description?: string;
  readonly deep?: boolean;
  readonly retries: number;
  readonly limit?: number;
}

interface DiffFlags extends StoreFlags {
  readonly text?: boolean;
}

interface RestoreFlags extends StoreFlags {
  readonly path?: string;
  readonly dryRun?: boolean;
  readonly rollback?: boolean;
}

interface PruneFlags extends StoreFlags {
  readonly keep?: number;
  readonly olderThan?: number;
  readonly dryRun?: boolean;
}

const wholeNumber = wholeNumberOf(0, 1_000_000);

const FORMATS: readonly string[] = ["json", "tar", "tar.gz"] satisfies ExportFormat[];

const EXAMPLES = `Snapshots of a directory are kept in .vfs-snapshots in it, unless --store says where.

Examples:
  vfs snapshot create file:./project before
  vfs snapshot diff --text file:./project before
  vfs snapshot restore file:./project before
  vfs snapshot create file:./project nightly --store sqlite:./backup.db:/project
  vfs snapshot fork file:./project before file:./attempt
  vfs snapshot export file:./project before file:./before.tar.gz`;

export function addSnapshot(program: Program): void {
  const group = program.group("snapshot", "keep states of a directory, compare them and go back");
  group.root.addHelpText("after", `\n${EXAMPLES}\n`);
  const storeOption = ["--store <location>", "the directory where the snapshots are kept"] as const;
  group
    .add<[string, string, CreateFlags]>("create <location> <name>", "keep a directory as it is now", create, {
      makesDatabases: true,
    })
    .option(...storeOption)
    .option("--description <text>", "what it is for")
    .option("--deep", "read every file, whatever its stat says")
    .option("--retries <count>", "how often to look again when something changed meanwhile", wholeNumber, 0)
    .option("--limit <bytes>", "how many bytes the snapshots may take: 500k, 2M", byteCount);
  group
    .add<[string, StoreFlags]>("list <location>", "print what there is, newest first", list)
    .option(...storeOption);
  group
    .add<[string, string, string | undefined, DiffFlags]>(
      "diff <location> <name> [other]",
      "print what is different in another one, or now",
      diff,
    )
    .option(...storeOption)
    .option("--text", "print unified text diffs");
  group
    .add<[string, string, RestoreFlags]>("restore <location> <name>", "make a directory what it was", restore)
    .option(...storeOption)
    .option("--path <path>", "only this, in the directory")
    .option("--dry-run", "only print what would be done")
    .option("--rollback", "take back a restore that was cut short");
  group
    .add<[string, string, string, StoreFlags]>(
      "fork <location> <name> <to>",
      "make a directory of its own of one: empty, or not there yet",
      fork,
      { makesDatabases: true },
    )
    .option(...storeOption);
  group
    .add<[string, string, string, StoreFlags & { readonly format?: string }]>(
      "export <location> <name> <archive>",
      "write an archive; - is the standard output",
      exportIt,
      { makesDatabases: true },
    )
    .option(...storeOption)
    .option("--format <format>", `${FORMATS.join(", ")}; as the archive is called unless told`);
  group
    .add<[string, string, StoreFlags & { readonly name?: string; readonly limit?: number }]>(
      "import <location> <archive>",
      "make a snapshot of an archive; - is the standard input",
      importIt,
      { makesDatabases: true },
    )
    .option(...storeOption)
    .option("--name <name>", "what it is called; as the archive says unless told")
    .option("--limit <bytes>", "how large the archive may be, unpacked: 1G unless told", byteCount);
  group
    .add<[string, PruneFlags]>("prune <location>", "remove old ones and give their room back", prune)
    .option(...storeOption)
    .option("--keep <count>", "so many of the newest stay", wholeNumber)
    .option("--older-than <days>", "younger ones stay", wholeNumber)
    .option("--dry-run", "only print what would go");
  group
    .add<[string, string, StoreFlags]>(
      "verify <location> <name>",
      "read all of one and print what is lost",
      verify,
    )
    .option(...storeOption);
  group
    .add<[string, string[], StoreFlags]>("delete <location> <name...>", "remove some", remove)
    .option(...storeOption);
}

/** The snapshots of a place. */
async function open(
  { stores }: Job,
  location: string,
  { store }: StoreFlags,
  use: Use,
  snapshotBytes?: number,
): Promise<{ states: Snapshots; place: Place }> {
  // What is kept in a memory would be gone with the command.
  if (use === "write") stores.check(store ?? location, "write");
  const place = await stores.place(location);
  const at = store === undefined ? undefined : (await stores.place(store, use)).path;
  const { snapshots } = await import("@vfs/snapshot");
  return { states: snapshots(stores.vfs, { scope: place.path, store: at, snapshotBytes }), place };
}

async function create(job: Job, location: string, name: string, flags: CreateFlags): Promise<void> {
  const { description, deep, retries, limit } = flags;
  const { states } = await open(job, location, flags, "write", limit);
  const made = await withProgress(job, name, (onProgress) =>
    states.create(name, { description, deep, retries, signal: job.signal, onProgress }),
  );
  await tell(job, made);
  if (!made.consistent && !job.output.json)
    job.output.terminal.stderr.write(
      `vfs: ${made.changedPaths.length} files changed meanwhile; --retries looks again\n`,
    );
}

async function tell({ output }: Job, snapshot: Snapshot): Promise<void> {
  const { name, files, bytes, addedBytes } = snapshot;
  const text = `${output.name(name)}: ${files} files, ${bytesText(bytes)}, ${bytesText(addedBytes)} stored`;
  await output.result(snapshot, text);
}

async function list(job: Job, location: string, flags: StoreFlags): Promise<void> {
  const { output } = job;
  const { states } = await open(job, location, flags, "read");
  const all = await states.list();
  if (output.json) for (const one of all) await output.result(one, "");
  else
    await output.result(
      all,
      columns(
        all.map(({ name, createdMs, files, bytes, description, tags }) => [
          timeText(createdMs),
          files,
          bytesText(bytes),
          output.name(name),
          output.name([...tags.map((tag) => `[${tag}]`), description].join(" ").trim()),
        ]),
      ),
    );
}

async function diff(
  job: Job,
  location: string,
  name: string,
  other: string | undefined,
  flags: DiffFlags,
): Promise<void> {
  const { output, signal } = job;
  const { states } = await open(job, location, flags, "read");
  const found = await states.diff(name, other, { text: flags.text, signal });
  if (output.json) return output.result(found, "");
  for (const [letter, path, patch] of lines(found)) {
    await output.result({}, `${letter} ${output.name(path)}`);
    if (patch !== undefined) await output.write(patch);
  }
}

async function restore(job: Job, location: string, name: string, flags: RestoreFlags): Promise<void> {
  const { output, signal, stores } = job;
  const { path, dryRun, rollback = false } = flags;
  if (dryRun !== true) stores.check(location, "write");
  const { states, place } = await open(job, location, flags, "read");
  const report = await withProgress(job, name, (onProgress) =>
    rollback
      ? states.recover("rollback", { signal, onProgress })
      : states.restore(name, { path, dryRun, signal, onProgress }),
  );
  if (output.json) return output.result(report ?? null, "");
  if (report === undefined) return output.result(null, "nothing was cut short");
  const words = { removed: "remove", made: "make", written: "write", attributes: "set" } as const;
  for (const [kind, word] of Object.entries(words))
    for (const at of report[kind as keyof typeof words])
      await output.result(null, `${word.padEnd(6)} ${output.name(below(place, place.path + at))}`);
}

async function fork(job: Job, location: string, name: string, to: string, flags: StoreFlags): Promise<void> {
  const { stores, output, signal } = job;
  stores.check(to, "write");
  const { states } = await open(job, location, flags, "read");
  const { path } = await stores.place(to, "write");
  const { made } = await withProgress(job, to, (onProgress) =>
    states.extract(name, stores.vfs, path, { signal, onProgress }),
  );
  await output.result({ path: to, made: made.length }, `${output.name(to)}: ${made.length} made`);
}

async function exportIt(
  job: Job,
  location: string,
  name: string,
  archive: string,
  flags: StoreFlags & { readonly format?: string },
): Promise<void> {
  const { stores, output, signal } = job;
  const {
    format = FORMATS.find((one) => archive.endsWith(`.${one}`)) ??
      (archive.endsWith(".tgz") ? "tar.gz" : "tar"),
  } = flags;
  if (!FORMATS.includes(format))
    throw new UsageError(`--format takes ${FORMATS.join(", ")}, not "${format}"`);
  if (archive !== "-") stores.check(archive, "write");
  const { states } = await open(job, location, flags, "read");
  const options = { format: format as ExportFormat, signal };
  if (archive === "-")
    return states.export(name, new WritableStream({ write: (bytes) => output.write(bytes) }), options);
  const target = await stores.place(archive, "write");
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const sent = states.export(name, writable, options);
  // The archive is there when it is whole, or not at all.
  const [written, exported] = await Promise.allSettled([
    withProgress(job, archive, (onProgress) =>
      stores.vfs.writeStream(target.path, readable, { signal, onProgress }),
    ),
    sent,
  ]);
  for (const result of [exported, written]) if (result.status === "rejected") throw result.reason;
  await output.result({ path: archive, format }, `${output.name(archive)}: written as ${format}`);
}

async function importIt(
  job: Job,
  location: string,
  archive: string,
  flags: StoreFlags & { readonly name?: string; readonly limit?: number },
): Promise<void> {
  const { stores, output, signal } = job;
  const { states } = await open(job, location, flags, "write");
  const source =
    archive === "-"
      ? output.terminal.stdin
      : stores.vfs.readStream((await stores.place(archive)).path, { signal });
  await tell(job, await states.import(source, { name: flags.name, maxBytes: flags.limit, signal }));
}

async function prune(job: Job, location: string, flags: PruneFlags): Promise<void> {
  const { keep, olderThan, dryRun } = flags;
  if (keep === undefined && olderThan === undefined)
    throw new UsageError("prune wants --keep, --older-than or both");
  const { states } = await open(job, location, flags, "read");
  const olderThanMs = olderThan === undefined ? undefined : olderThan * 86_400_000;
  await tellGone(job, await states.prune({ keep, olderThanMs, dryRun }));
}

async function remove(job: Job, location: string, names: string[], flags: StoreFlags): Promise<void> {
  const { states } = await open(job, location, flags, "read");
  await tellGone(job, await states.delete(...names));
}

async function tellGone(
  { output }: Job,
  report: { readonly removed: readonly string[]; readonly freedBytes: number },
): Promise<void> {
  const { removed, freedBytes } = report;
  const names = removed.map((name) => `${output.name(name)}\n`).join("");
  await output.result(report, `${names}${removed.length} removed, ${bytesText(freedBytes)} freed`);
}

async function verify(job: Job, location: string, name: string, flags: StoreFlags): Promise<number> {
  const { output } = job;
  const { states } = await open(job, location, flags, "read");
  const report = await states.verify(name);
  const { ok, objects, damages } = report;
  for (const { path, message } of damages)
    if (!output.json) await output.result({}, `${output.name(path)}: ${message}`);
  await output.result(report, ok ? `${output.name(name)}: all of ${objects} objects are whole` : "");
  return ok ? output.exitCode : 1;
}

async function withProgress<T>(
  { output }: Job,
  label: string,
  action: (tell: Progress["tell"]) => Promise<T>,
): Promise<T> {
  const progress = new Progress(output.terminal, label);
  try {
    return await action(progress.tell);
  } finally {
    progress.end();
  }
}
