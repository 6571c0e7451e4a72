import {
  createVfs,
  ROOT,
  type Awaitable,
  type Capabilities,
  type Layer,
  type Provider,
  type Vfs,
} from "@vfs/core";
import type { Bench, Case } from "./case.ts";
import { casesFor, skippedFor } from "./cases.ts";
import { check } from "./check.ts";
import { emptyRoot } from "./empty-root.ts";

/** The `it` of a test runner: vitest, node:test, bun, Deno or one's own. */
export type It = (name: string, run: () => Promise<void>) => unknown;

/** Where the store stands while it is tried: everything must hold in each place. */
export type Place = "root" | "mount" | "layer";

export interface ConformOptions {
  /** A fresh, empty store each time. Closed when the case is done. */
  readonly make: () => Awaitable<Provider>;
  /** What the store can do, as its `caps` say. */
  readonly caps: Capabilities;
  /** The names of the cases that these abilities leave out, by the reason. One more or one less is a failure. */
  readonly skips?: Readonly<Record<string, readonly string[]>>;
  /** At the root unless told. `mount`: under a mount, seen through a view. `layer`: behind a layer that does nothing. */
  readonly place?: Place;
  /** Layers to try, in front of each store; a function makes them anew for each. `caps` are then what they leave. */
  readonly layers?: readonly Layer[] | (() => readonly Layer[]);
  /**
   * The cases that look into the store around the layers, and would find other names or another content there than the
   * facade shows: they say nothing about the layers, and are left out. A name that is none of a case is a failure.
   */
  readonly around?: readonly string[];
  /**
   * Whether each call takes long, as of a store that starts a program for it: what is tried a hundred times elsewhere is
   * tried less often then. All cases are run, and all that they check is checked.
   */
  readonly slow?: boolean;
  /** Called after each case, when the store is closed. */
  readonly cleanup?: () => Awaitable<void>;
}

const NOTHING: Layer = { name: "nothing", slot: "policy", handle: (call, next) => next(call) };

/**
 * Registers a test for each case that a store with these abilities must pass, and one more that compares the cases
 * left out with those that are expected to be.
 *
 * @example
 * describe("s3 › conformance", () => conform(it, { make: () => s3({ bucket, client: fakeS3() }), caps, skips }));
 */
export function conform(it: It, options: ConformOptions): void {
  const { caps, skips = {}, around = [], layers } = options;
  const cases = casesFor(caps).filter(({ ofStore = false }) => layers === undefined || !ofStore);
  it("skips › are those that are expected", async () => {
    compareSkips(skippedFor(caps), Object.values(skips).flat());
    const unknown = around.filter((name) => !cases.some((one) => one.name === name));
    check(unknown.length === 0, `left out, but not to be run: ${unknown.join("; ")}`);
  });
  for (const one of cases) if (!around.includes(one.name)) it(one.name, () => runCase(one, options));
}

/** Runs one case on a store of its own. */
export async function runCase(one: Case, options: ConformOptions): Promise<void> {
  const { make, caps, place = "root", layers = [], slow = false, cleanup } = options;
  const makeLayers = (): readonly Layer[] => (typeof layers === "function" ? layers() : layers);
  const provider = await make();
  const whole = placed(provider, place, makeLayers);
  const base = place === "mount" ? MOUNT_PATH : ROOT;
  if (place === "mount") await whole.mount(MOUNT_PATH, provider, { layers: makeLayers() });
  const inside = (path: string): string => (base === ROOT ? path : base + path);
  const vfs = base === ROOT ? whole : whole.view({ root: base });
  const bench: Bench = {
    vfs,
    provider,
    caps: vfs.capabilities("/"),
    declared: caps,
    mount: (path, store, mountOptions) => whole.mount(inside(path), store, mountOptions),
    mountAnother: async (path, mountOptions) => {
      const another = await make();
      try {
        const own = place === "mount" ? { layers: makeLayers() } : {};
        await whole.mount(inside(path), another, { ...own, ...mountOptions });
      } catch (reason) {
        await another.close?.();
        throw reason;
      }
    },
    times: (many, few) => (slow ? few : many),
    unmount: (path, unmountOptions) => whole.unmount(inside(path), unmountOptions),
  };
  try {
    await one.run(bench);
  } finally {
    await whole.close();
    await cleanup?.();
  }
}

const MOUNT_PATH = "/some/where";

function placed(provider: Provider, place: Place, makeLayers: () => readonly Layer[]): Vfs {
  if (place === "mount") return createVfs(emptyRoot());
  const layers = makeLayers();
  return createVfs(provider, { layers: place === "layer" ? [...layers, NOTHING] : layers });
}

function compareSkips(skipped: readonly string[], expected: readonly string[]): void {
  const added = skipped.filter((name) => !expected.includes(name));
  const gone = expected.filter((name) => !skipped.includes(name));
  check(added.length === 0, `cases that are skipped without a reason given: ${added.join("; ")}`);
  check(gone.length === 0, `cases that are expected to be skipped but are not: ${gone.join("; ")}`);
}
