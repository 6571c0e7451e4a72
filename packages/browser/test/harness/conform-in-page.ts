import { conform, part, type It, type Place } from "@vfs/conformance";
import type { Capabilities } from "@vfs/core";
import type { Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { call, openPage } from "./pages.ts";

export interface InPageOptions {
  /** The name that the page has for the kind of store. */
  readonly store: string;
  readonly caps: Capabilities;
  readonly skips: Readonly<Record<string, readonly string[]>>;
  readonly place?: Place;
  /** Cases that are left out although the abilities do not say so. */
  readonly around?: readonly string[];
  /** Only one of three parts of the cases, unless all are asked for: see `part`. */
  readonly which?: number;
  /** In a dedicated worker of the page. */
  readonly worker?: boolean;
}

// The waits of several cases fall together: each has stores of its own.
const registered: It = it.concurrent;

/** Registers a test for each case of the kit; each runs in the page. */
export function conformInPage({
  store,
  caps,
  skips,
  place = "root",
  around = [],
  which,
  worker = false,
}: InPageOptions): void {
  let page: Page;
  beforeAll(async () => void (page = await openPage()));
  const capsThere = (): Promise<unknown> =>
    worker ? call(page, "inWorker", "capsOf", store) : call(page, "capsOf", store);
  const runThere = (name: string): Promise<unknown> =>
    worker
      ? call(page, "inWorker", "runNamed", store, place, caps, name)
      : call(page, "runNamed", store, place, caps, name);
  const make = (): never => {
    throw new Error("stores are made in the page");
  };
  it("caps › there are those that are known here", async () => {
    expect(await capsThere()).toEqual(caps);
  });
  const register: It = (name, run) =>
    registered(name, async () => {
      // What compares lists of names needs no page.
      if (name.startsWith("skips ›")) return run();
      const failure = await runThere(name);
      if (typeof failure === "string") throw new Error(failure);
    });
  conform(which === undefined ? register : part(register, which), { make, caps, skips, around });
}
