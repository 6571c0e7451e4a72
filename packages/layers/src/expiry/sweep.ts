import {
  Call,
  isVfsError,
  joinPath,
  ROOT,
  run,
  type Context,
  type Entry,
  type Page,
  type VPath,
} from "@vfs/core";
import type { Expiring } from "./expiring.ts";
import type { Ledger, Send } from "./ledger.ts";

export interface SweepOptions {
  /** Ends it early with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
}

const OWN: Context = {
  sync: false,
  signal: undefined,
  actor: "expiry",
  root: ROOT,
  readOnly: false,
  umask: 0o022,
  resolved: false,
};

/** Removes every file that is over: those that the ledger tells, or all that a walk of the store comes by. */
export async function sweep(
  expiring: Expiring,
  ledger: Ledger,
  send: Send,
  { signal }: SweepOptions,
): Promise<number> {
  await ledger.ready(send, OWN);
  let removed = 0;
  const look = async (path: VPath): Promise<void> => {
    signal?.throwIfAborted();
    if (!(await run(expiring.isOverAt(path, send, OWN)))) return;
    await run(expiring.alive(path, send, OWN));
    removed++;
  };
  const told = ledger.paths();
  if (told !== undefined) {
    for (const path of told) await look(path);
    return removed;
  }
  const open: VPath[] = [ROOT];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop())
    for await (const { name, type } of entriesOf(directory, send)) {
      const path = joinPath(directory, name);
      if (type === "directory") open.push(path);
      else if (type === "file") await look(path);
    }
  return removed;
}

async function* entriesOf(directory: VPath, send: Send): AsyncGenerator<Entry, void, undefined> {
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    let page: Page<Entry>;
    try {
      page = (await send(new Call("list", directory, undefined, { cursor }, OWN))) as Page<Entry>;
    } catch (reason) {
      // It is gone meanwhile.
      if (isVfsError(reason, "ENOENT", "ENOTDIR") && directory !== ROOT) return;
      throw reason;
    }
    yield* page.items;
    cursor = page.cursor;
  }
}
