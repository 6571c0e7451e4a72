import type { Stats } from "@vfs/core";
import { posix } from "node:path";
import type { Job, Program } from "../command.ts";
import { wholeNumberOf } from "../numbers.ts";
import { below, type Place } from "../stores.ts";
import { differences, type Compared, type Difference, type Root } from "../trees/compare.ts";

interface DiffFlags {
  readonly brief?: boolean;
  readonly unified: number;
  readonly newFile?: boolean;
  readonly exclude?: string[];
}

const HELP = `Files are shown as unified text, which patch(1) takes. Attributes are not compared.

Exit codes: 0 when nothing is different, 1 when something is, 2 when they could not be compared.

Examples:
  vfs diff file:./a.txt sqlite:./backup.db:/a.txt
  vfs diff -q file:./src sqlite:./backup.db:/src
  vfs diff -U 0 file:./old file:./new --exclude node_modules`;

/** Larger files are only told to be different. */
const MOST_TEXT_BYTES = 16 << 20;

const lines = wholeNumberOf(0, 1_000_000);

export function addDiff(program: Program): void {
  program
    .add<[string, string, DiffFlags]>("diff <a> <b>", "print what is different in two files or trees", diff)
    .option("-q, --brief", "only print which ones are different")
    .option("-r, --recursive", "directories in directories too, as always")
    .option("-u", "unified text, as always")
    .option("-U, --unified <lines>", "so many lines around each difference, 3 unless told", lines, 3)
    .option("-N, --new-file", "show what only one has as text too")
    .option("--exclude <pattern>", "leave out: *.tmp, build/cache; may be given more than once", collect)
    .addHelpText("after", HELP);
}

async function diff(job: Job, textA: string, textB: string, flags: DiffFlags): Promise<number> {
  const { stores, signal, onError } = job;
  let found = false;
  try {
    const [a, b] = await sides(job, textA, textB);
    for await (const one of differences(stores.vfs, a.root, b.root, { exclude: flags.exclude, signal })) {
      found = true;
      await new Shown(job, a.place, b.place, flags).tell(one);
    }
  } catch (error) {
    onError(error);
    return 2;
  }
  return found ? 1 : 0;
}

interface Side {
  readonly place: Place;
  readonly root: Root;
}

/** As diff(1) does it, a file is compared with that of its name in a directory. */
async function sides(job: Job, textA: string, textB: string): Promise<[Side, Side]> {
  const [a, b] = [await side(job, textA), await side(job, textB)];
  const [isA, isB] = [a.root.stats.isDirectory(), b.root.stats.isDirectory()];
  if (isA && !isB) return [await side(job, into(a, b)), b];
  return isB && !isA ? [a, await side(job, into(b, a))] : [a, b];
}

function into({ place: directory }: Side, { place: file }: Side): string {
  return below(directory, `${directory.path}/${posix.basename(file.path)}`);
}

async function side({ stores }: Job, text: string): Promise<Side> {
  const place = await stores.place(text);
  const path = await stores.vfs.realpath(place.path);
  return { place, root: { path, stats: await stores.vfs.stat(path) } };
}

/** How differences are printed. */
class Shown {
  readonly #job: Job;
  readonly #a: Place;
  readonly #b: Place;
  readonly #flags: DiffFlags;

  constructor(job: Job, a: Place, b: Place, flags: DiffFlags) {
    this.#job = job;
    this.#a = a;
    this.#b = b;
    this.#flags = flags;
  }

  async tell(difference: Difference): Promise<void> {
    const { output } = this.#job;
    const { path, a, b } = difference;
    const patch = await this.#patch(difference);
    if (output.json)
      await output.result({ path, kind: kindOf(a, b), a: described(a), b: described(b), patch }, "");
    else if (patch !== undefined) await output.write(patch);
    else await output.result(null, output.name(this.#sentence(difference)));
  }

  async #patch(difference: Difference): Promise<string | undefined> {
    const { a, b, path } = difference;
    const { brief = false, newFile = false, unified } = this.#flags;
    if (brief || ((a === undefined || b === undefined) && !newFile)) return undefined;
    for (const one of [a, b])
      if (one !== undefined && (one.stats.type !== "file" || one.stats.size > MOST_TEXT_BYTES))
        return undefined;
    const [old, young] = [await this.#read(a), await this.#read(b)];
    const [nameA, nameB] = [this.#nameOf(this.#a, path), this.#nameOf(this.#b, path)];
    const { unifiedDiff } = await import("../trees/text-diff.ts");
    return unifiedDiff({ name: nameA, bytes: old }, { name: nameB, bytes: young }, unified);
  }

  async #read(one: Compared | undefined): Promise<Uint8Array> {
    if (one === undefined) return new Uint8Array(0);
    return this.#job.stores.vfs.readFile(one.path, { signal: this.#job.signal });
  }

  #nameOf(place: Place, path: string): string {
    return path === "" ? place.text : below(place, `${place.path === "/" ? "" : place.path}/${path}`);
  }

  #sentence({ path, a, b }: Difference): string {
    const [nameA, nameB] = [this.#nameOf(this.#a, path), this.#nameOf(this.#b, path)];
    if (a === undefined) return `Only in ${this.#b.text}: ${path}`;
    if (b === undefined) return `Only in ${this.#a.text}: ${path}`;
    if (a.stats.type !== b.stats.type) return `${nameA} is a ${a.stats.type}, ${nameB} is a ${b.stats.type}`;
    const what = a.stats.isSymbolicLink() ? "Links" : "Files";
    return `${what} ${nameA} and ${nameB} differ`;
  }
}

function kindOf(a: Compared | undefined, b: Compared | undefined): string {
  if (a === undefined) return "added";
  if (b === undefined) return "removed";
  return a.stats.type === b.stats.type ? "changed" : "type";
}

function described(one: Compared | undefined): Pick<Stats, "type" | "size"> | undefined {
  return one === undefined ? undefined : { type: one.stats.type, size: one.stats.size };
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}
