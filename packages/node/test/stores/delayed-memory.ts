import { delayed } from "@vfs/conformance";
import type { Provider } from "@vfs/core";
import { memory } from "@vfs/memory";

/** A store that must wait, for each seed another. */
export function createProvider(seed = 1): Provider {
  return delayed(memory(), seed);
}
