import type { WatchEvent, Watcher } from "@vfs/core";
import type { Job, Program } from "../command.ts";
import { wholeNumber } from "../numbers.ts";
import { below, type Place } from "../stores.ts";

interface WatchFlags {
  /** Of `--no-recursive`. */
  readonly recursive: boolean;
  readonly maxEvents?: number;
  readonly interval?: number;
}

const HELP = `It says on the standard error that it watches, and goes on until Ctrl-C, or as long as --max-events says. Changes by
other programs are seen too; where a store cannot tell of them, it is looked at again every --interval.
An event called overflow stands for more than could be told: look at everything anew.

Examples:
  vfs watch file:./src
  vfs watch --json sqlite:./backup.db:/inbox --max-events 1`;

export function addWatch(program: Program): void {
  program
    .add<[string[], WatchFlags]>("watch [location...]", "print what happens to files, as it happens", watch)
    .option("--no-recursive", "only what happens in the directories themselves")
    .option("-m, --max-events <count>", "end after so many", wholeNumber)
    .option("--interval <ms>", "how often to look again where that is needed, 1000 unless told", wholeNumber)
    .addHelpText("after", HELP);
}

async function watch(job: Job, locations: string[], flags: WatchFlags): Promise<void> {
  const { stores, output, signal } = job;
  const { recursive, interval, maxEvents = Infinity } = flags;
  const places: Place[] = [];
  for (const text of locations.length === 0 ? [stores.here] : locations)
    places.push(await stores.place(text));
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  let left = maxEvents;
  const follow = async (place: Place, watcher: Watcher): Promise<void> => {
    for await (const event of watcher) {
      if (left <= 0) return;
      left--;
      await tell(job, place, event);
      if (left <= 0) ending.abort(ENOUGH);
    }
  };
  const watchers = places.map(({ path }) =>
    stores.vfs.watch(path, { recursive, intervalMs: interval, signal: both }),
  );
  const following = Promise.all(watchers.map((watcher, i) => follow(places[i] as Place, watcher)));
  try {
    await Promise.race([Promise.all(watchers.map(({ ready }) => ready)), following]);
    if (!output.json)
      output.terminal.stderr.write(
        `vfs: watching ${places.map(({ text }) => output.name(text)).join(", ")}\n`,
      );
    await following;
  } catch (error) {
    if (error !== ENOUGH) throw error;
  } finally {
    ending.abort(ENOUGH);
    await following.catch(() => undefined);
  }
}

const ENOUGH = new Error("enough events");

async function tell({ output }: Job, place: Place, event: WatchEvent): Promise<void> {
  const { kind, path, oldPath, type, filename, revision } = event;
  const at = below(place, path);
  const from = oldPath === undefined ? undefined : below(place, oldPath);
  const shown = output.name(from === undefined ? at : `${from} -> ${at}`);
  await output.result(
    { kind, path: at, oldPath: from, type, name: filename, revision },
    `${kind.padEnd(10)} ${shown}`,
  );
}
