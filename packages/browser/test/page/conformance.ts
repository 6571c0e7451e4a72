import { CASES, runCase, type Place } from "@vfs/conformance";
import type { Capabilities } from "@vfs/core";
import { STORES } from "./stores.ts";

/** Runs one case of the kit on a fresh store; answers what went wrong. */
export async function runNamed(
  store: string,
  place: Place,
  caps: Capabilities,
  name: string,
): Promise<string | undefined> {
  const kind = STORES[store]?.();
  const one = CASES.find((each) => each.name === name);
  if (kind === undefined || one === undefined) return `there is no store ${store}, or no case ${name}`;
  const { make, cleanup, slow = false } = kind;
  try {
    await runCase(one, { make, caps, place, slow, ...(cleanup && { cleanup }) });
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
  }
}

/** What a fresh store says that it can do. */
export async function capsOf(store: string): Promise<unknown> {
  const kind = STORES[store]?.();
  const probe = await kind?.make();
  await probe?.close?.();
  await kind?.cleanup?.();
  return probe?.caps;
}
