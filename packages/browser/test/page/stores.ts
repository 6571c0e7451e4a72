import { skippedFor, runCase, CASES, type Place } from "@vfs/conformance";
import type { Awaitable, Provider } from "@vfs/core";
import { memory } from "@vfs/memory";

/** A kind of store, as the tests name it. */
export interface StoreKind {
  /** A fresh, empty store. */
  readonly make: () => Awaitable<Provider>;
  /** Takes away what the stores that were made have left behind. */
  readonly cleanup?: () => Awaitable<void>;
}

export const STORES: Readonly<Record<string, StoreKind>> = {
  memory: { make: memory },
};

/** Runs one case of the kit on a fresh store; answers what went wrong. */
export async function runNamed(store: string, place: Place, name: string): Promise<string | undefined> {
  const kind = STORES[store];
  const one = CASES.find((each) => each.name === name);
  if (kind === undefined || one === undefined) return `there is no ${store} or no case ${name}`;
  try {
    const probe = await kind.make();
    const { caps } = probe;
    await probe.close?.();
    await runCase(one, { make: kind.make, caps, place, ...(kind.cleanup && { cleanup: kind.cleanup }) });
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
  }
}

/** The cases that the store leaves out, as it says itself. */
export async function skippedOf(store: string): Promise<string[]> {
  const probe = await STORES[store]?.make();
  if (probe === undefined) return [`there is no ${store}`];
  await probe.close?.();
  return skippedFor(probe.caps);
}
