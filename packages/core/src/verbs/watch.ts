import { checkCount } from "../numbers.ts";
import type { Watcher, WatchOptions } from "../options.ts";
import type { Scope } from "../scope.ts";
import { PathWatch } from "../watch/watch.ts";

const OVERFLOWS = ["event", "throw", "ignore"];

export function watch(scope: Scope, path: string, options: WatchOptions = {}): Watcher {
  const { intervalMs, maxQueue, overflow = "event" } = options;
  checkCount("intervalMs", intervalMs, 1);
  checkCount("maxQueue", maxQueue, 1);
  if (!OVERFLOWS.includes(overflow))
    throw new TypeError(`overflow must be one of ${OVERFLOWS.join(", ")}, got "${overflow}"`);
  return new PathWatch(scope, scope.path(path), options);
}
