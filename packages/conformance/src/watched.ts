import type { Watcher, WatchEvent } from "@vfs/core";
import { CheckError, sameMembers } from "./check.ts";

// Long enough for a store that is asked once a second, on a busy machine. Nothing waits for it to pass.
const PATIENCE_MS = 15_000;

/** How an event is written in a case: `created f`, `renamed f -> g`. */
function describeEvent({ kind, filename, oldName }: WatchEvent): string {
  return oldName === undefined ? `${kind} ${filename}` : `${kind} ${oldName} -> ${filename}`;
}

/** The next event; fails when it does not come. */
export async function nextEvent(watcher: Watcher, what: string): Promise<WatchEvent> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new CheckError(`${what}: no event came`)), PATIENCE_MS);
  });
  try {
    const step = await Promise.race([watcher.next(), late]);
    if (step.done === true) throw new CheckError(`${what}: the watch has ended`);
    return step.value;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Does something, and waits until a watch has told of just that. The order is not compared, and a store may say of a
 * file more than once that it has changed.
 */
export async function tells(
  watcher: Watcher,
  expected: readonly string[],
  action: () => unknown,
): Promise<WatchEvent[]> {
  await action();
  const seen: WatchEvent[] = [];
  const told = new Set<string>();
  while (told.size < expected.length) {
    const event = await nextEvent(watcher, `${[...told].join(", ")} of ${expected.join(", ")}`);
    const text = describeEvent(event);
    if (event.kind === "changed" && !expected.includes(text)) continue;
    seen.push(event);
    told.add(text);
    if (!expected.includes(text)) break;
  }
  sameMembers([...told], expected, "events");
  return seen;
}
