import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { EVENTS } from "./events.ts";
import { measureEvent, type Result } from "./measure-event.ts";
import { PEERS } from "./peers/index.ts";
import { sharesMemory } from "./shares.ts";

// One peer in a process of its own, so that no other one's calls spoil what the engine has learnt of its code.
const [name = "", base = ""] = process.argv.slice(2);
const peer = PEERS.find((candidate) => candidate.name === name);
if (peer === undefined) throw new Error(`there is no peer "${name}"`);

const TOUCHED_BYTES = 64 << 20;
const BLOCK_BYTES = 16 << 10;

/**
 * Lets the process have its memory before the clock runs. The first touch of a page is the kernel's work, 0.5 us or 20 as
 * the machine is at the moment, and hits those only who keep copies: others keep one and the same array of the caller.
 */
function touchMemory(): void {
  const blocks = Array.from({ length: TOUCHED_BYTES / BLOCK_BYTES }, () =>
    new Uint8Array(BLOCK_BYTES).fill(1),
  );
  if (blocks.length === 0) throw new Error("nothing was touched");
}

touchMemory();
globalThis.gc?.();

let folders = 0;
function freshFolder(): string {
  const folder = join(base, `${process.pid}-${++folders}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** The events that this process has done before. */
const warm = new Set<string>();

/** What the parent asks for: an event by name, or whether memory is shared. */
export type Question = { readonly event: string } | { readonly shares: true };
export type Answer = Result | { readonly shares: string };

process.on("message", (question: Question) => {
  void answer(question).then((result) => process.send?.(result));
});

async function answer(question: Question): Promise<Answer> {
  if ("shares" in question) {
    const folder = freshFolder();
    const files = await peer!.make(folder);
    const shares = await sharesMemory(files);
    await files.close();
    removeFolder(folder);
    return { shares };
  }
  const event = EVENTS.find((candidate) => candidate.name === question.event);
  if (event === undefined) throw new Error(`there is no event "${question.event}"`);
  const isWarm = warm.has(event.name);
  warm.add(event.name);
  return measureEvent(event, peer!, freshFolder, removeFolder, isWarm);
}
