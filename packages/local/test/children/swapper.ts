// Swaps names in a root for links to a place outside it and back, as fast as it can, until it is told to stop.
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";

const [root = "", outside = ""] = process.argv.slice(2);
const ROUNDS_A_TURN = 50;

/** What is swapped: a directory, a directory above it, a file. The second is where it lies meanwhile. */
const SWAPS = [
  ["d", "d.aside", outside],
  ["x/y", "x/y.aside", outside],
  ["x", "x.aside", join(outside, "x")],
  ["e/f", "e/f.aside", join(outside, "f")],
] as const;

let swaps = 0;
let stopped = false;

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The store works on the same names: whoever comes second finds them gone.
  }
}

function swap(name: string, aside: string, target: string): void {
  const at = join(root, name);
  attempt(() => renameSync(at, join(root, aside)));
  attempt(() => symlinkSync(target, at));
  swaps++;
  attempt(() => unlinkSync(at));
  attempt(() => {
    if (existsSync(at)) rmSync(join(root, aside), { recursive: true, force: true });
    else renameSync(join(root, aside), at);
  });
}

/** Puts back what the store has removed, so that there is something to attack. */
function mend(): void {
  for (const directory of ["d/sub", "x/y/sub", "e"])
    attempt(() => mkdirSync(join(root, directory), { recursive: true }));
}

function turn(): void {
  for (let i = 0; i < ROUNDS_A_TURN; i++)
    for (const [name, aside, target] of SWAPS) swap(name, aside, target);
  mend();
  if (!stopped) setImmediate(turn);
  else process.send?.({ swaps }, undefined, undefined, () => process.disconnect?.());
}

process.on("message", () => (stopped = true));
process.send?.("ready");
turn();
