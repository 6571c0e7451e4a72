import { resolve } from "node:path";
import { local } from "@vfs/local";
import type { OnConflict } from "@vfs/template";
import type { Job, Program } from "../command.ts";
import { byteCount } from "../numbers.ts";
import { UsageError } from "../output.ts";
import { below } from "../stores.ts";

interface ApplyFlags {
  readonly set?: string[];
  readonly onConflict: string;
  readonly contentFrom?: string;
  readonly dryRun?: boolean;
}

interface CaptureFlags {
  readonly maxFileSize?: number;
}

const WAYS: readonly string[] = ["fail", "skip", "overwrite", "merge"] satisfies OnConflict[];

const EXAMPLES = `Examples:
  vfs template validate file:./project.yaml
  vfs template apply file:./project.yaml sqlite:./x.db:/home --set owner=Ada
  vfs template capture file:./src > project.yaml`;

export function addTemplate(program: Program): void {
  const group = program.group("template", "make trees of files from YAML or JSON");
  group
    .add<[string, string, ApplyFlags]>(
      "apply <template> <location>",
      "make what it says, all or nothing",
      applyIt,
      {
        makesDatabases: true,
      },
    )
    .option("--set <name=value>", "what stands for a variable; may be given more than once", collect)
    .option("--on-conflict <way>", `where something is already: ${WAYS.join(", ")}`, "fail")
    .option("--content-from <folder>", "a folder of this machine, for contentFrom")
    .option("--dry-run", "only print what would be done")
    .addHelpText("after", EXAMPLES);
  group.add<[string[]]>("validate <template...>", "print what is wrong, with lines", validateThem);
  group
    .add<[string, CaptureFlags]>("capture <location>", "print a template that makes a tree again", captureIt)
    .option("--max-file-size <bytes>", "refuse larger files: 500, 10k, 2M; 1M unless told", byteCount);
}

async function applyIt(
  { stores, output, signal }: Job,
  text: string,
  location: string,
  flags: ApplyFlags,
): Promise<void> {
  const { set = [], onConflict, contentFrom, dryRun = false } = flags;
  if (!WAYS.includes(onConflict))
    throw new UsageError(`--on-conflict takes ${WAYS.join(", ")}, not "${onConflict}"`);
  stores.check(location, "write");
  const template = await stores.vfs.readFile((await stores.place(text)).path, "utf8");
  const place = await stores.place(location, "write");
  const { apply } = await import("@vfs/template");
  const { entries, unusedVariables } = await apply(stores.vfs, template, {
    target: place.path,
    variables: Object.fromEntries(set.map(variable)),
    onConflict: onConflict as OnConflict,
    contentFrom:
      contentFrom === undefined ? undefined : local({ root: resolve(output.terminal.cwd, contentFrom) }),
    dryRun,
    signal,
  });
  for (const { path, type, action } of entries) {
    const shown = below(place, path);
    await output.result({ path: shown, type, action }, `${action.padEnd(7)} ${output.name(shown)}`);
  }
  if (unusedVariables.length > 0 && !output.json)
    output.terminal.stderr.write(`vfs: the template has no ${unusedVariables.join(", ")}\n`);
}

async function validateThem({ stores, output }: Job, texts: string[]): Promise<number> {
  const { validate } = await import("@vfs/template");
  let problems = 0;
  for (const text of texts) {
    const template = await stores.vfs.readFile((await stores.place(text)).path, "utf8");
    for (const { line, column, at, message } of validate(template)) {
      problems++;
      const where = [text, line, column].filter((part) => part !== undefined).join(":");
      await output.result(
        { path: text, line, column, at, message },
        `${where}: ${at === "" ? "" : `${at}: `}${message}`,
      );
    }
  }
  return problems === 0 ? output.exitCode : 1;
}

async function captureIt(
  { stores, output, signal }: Job,
  location: string,
  { maxFileSize }: CaptureFlags,
): Promise<void> {
  const { path } = await stores.place(location);
  const { capture, format } = await import("@vfs/template");
  const template = await capture(stores.vfs, path, { maxFileBytes: maxFileSize, signal });
  if (output.json) await output.result(template, "");
  else await output.write(format(template));
}

function variable(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`--set takes name=value, not "${text}"`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}
