import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { delayed } from "@vfs/conformance";
import {
  capabilities,
  createVfs,
  isVfsError,
  type FileHandle,
  type Capabilities,
  type Provider,
  type Vfs,
} from "@vfs/core";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { quota, type QuotaLayer } from "@vfs/security";
import { sqlite } from "@vfs/sqlite";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failing, type Failure } from "./failing.ts";
import { operation, perform, type Operation } from "./operations.ts";
import { truth } from "./truth.ts";

const LIMITS = { maxTotalBytes: 150, maxFiles: 9, maxFileBytes: 90, maxDepth: 3 };
const AMPLE = { maxTotalBytes: 1 << 30, maxFiles: 10_000 };

let folder = "";
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vfs-quota-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A store, which a quota is told by how full it is, or has to count. */
interface Kind {
  readonly make: () => Provider;
  readonly runs: number;
}

const KINDS: Readonly<Record<string, Kind>> = {
  memory: { make: memory, runs: 300 },
  "memory that does not tell how full it is": { make: () => silent(memory()), runs: 300 },
  "memory behind delays": { make: () => delayed(memory()), runs: 60 },
  "memory behind delays that does not tell": { make: () => delayed(silent(memory())), runs: 60 },
  "memory without open files of its own, which does not tell": {
    make: () => silent(memory(), { open: false, links: false, inodes: false, permissions: false }),
    runs: 100,
  },
  sqlite: { make: () => sqlite({ file: join(folder, `${++count}.db`) }), runs: 40 },
  local: { make: () => local({ root: mkdtempSync(join(folder, "local-")) }), runs: 60 },
};

const FAST: Readonly<Record<string, keyof Capabilities>> = { usage: "usage", open: "open", link: "links" };

/** The same store, which does not tell how full it is, and lacks more if told. */
function silent(provider: Provider, less: Partial<Capabilities> = {}): Provider {
  const caps = capabilities({ ...provider.caps, usage: false, ...less });
  const lacks = (key: PropertyKey): boolean => {
    const ability = FAST[String(key)];
    return ability !== undefined && caps[ability] === false;
  };
  return new Proxy(provider, {
    get: (target, key) => {
      if (key === "caps") return caps;
      if (lacks(key)) return undefined;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    has: (target, key) => !lacks(key) && Reflect.has(target, key),
  });
}

/** What a quota stands in front of, and the same without it. */
class Trial {
  readonly layer: QuotaLayer;
  readonly vfs: Vfs;
  readonly bare: Vfs;
  readonly handles: FileHandle[] = [];
  readonly #late: boolean;

  constructor(provider: Provider, limits: Parameters<typeof quota>[0]) {
    this.layer = quota(limits);
    this.#late = provider.caps.usage && !provider.caps.sync;
    this.vfs = createVfs(provider, { layers: [this.layer] });
    this.bare = createVfs(provider, { keepOpen: true });
  }

  /** Does it; what the world says against it is no matter. */
  async perform(step: Operation): Promise<unknown> {
    try {
      await perform(this.vfs, this.handles, step);
      return undefined;
    } catch (error) {
      if (!isVfsError(error) && (error as Error).message !== "the source fails") throw error;
      return error;
    }
  }

  async check(limits: { readonly maxTotalBytes: number; readonly maxFiles: number }): Promise<void> {
    const there = await truth(this.bare, this.handles);
    // What such a store told last is from before the last change.
    if (this.#late) await this.layer.resync();
    const { measured, bytes, files, reservedBytes, reservedFiles } = this.layer.usage();
    if (measured) expect({ bytes, files }).toEqual(there);
    expect({ reservedBytes, reservedFiles }).toEqual({ reservedBytes: 0, reservedFiles: 0 });
    expect(there.bytes).toBeLessThanOrEqual(limits.maxTotalBytes);
    expect(there.files).toBeLessThanOrEqual(limits.maxFiles);
    if (measured) return;
    const { bytes: bytesNow, files: filesNow } = await this.layer.resync();
    expect({ bytes: bytesNow, files: filesNow }).toEqual(there);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.handles.map((handle) => handle.close()));
    await this.vfs.close();
  }
}

describe.each(Object.entries(KINDS))("quota › %s", (name, { make, runs }) => {
  it.each([
    ["ample", AMPLE],
    ["tight", LIMITS],
  ])("counts what a fresh walk finds, with %s limits", async (_, limits) => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 30 }), async (steps) => {
        const provider = make();
        const trial = new Trial(provider, limits);
        try {
          await trial.layer.resync();
          for (const step of steps) {
            await trial.perform(step);
            await trial.check(limits);
          }
        } finally {
          await trial.close();
        }
      }),
      { numRuns: runs },
    );
  });

  it("counts right what failed, whether it was done all the same or not", async () => {
    const step = fc.tuple(operation, fc.constantFrom<Failure>("no", "no", "before", "after"));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        let failure: Failure = "no";
        const trial = new Trial(
          failing(make(), () => failure),
          LIMITS,
        );
        try {
          for (const [one, fails] of steps) {
            failure = fails;
            await trial.perform(one);
            failure = "no";
            await trial.check(LIMITS);
          }
        } finally {
          await trial.close();
        }
      }),
      { numRuns: runs },
    );
  });

  it("never lets more in than fits, whoever comes at the same time", async () => {
    const bursts = fc.array(fc.array(operation, { minLength: 2, maxLength: 8 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(bursts, async (all) => {
        const provider = make();
        const trial = new Trial(provider, LIMITS);
        try {
          for (const steps of all) {
            await Promise.all(steps.map((step) => trial.perform(step)));
            await trial.check(LIMITS);
          }
        } finally {
          await trial.close();
        }
      }),
      { numRuns: runs },
    );
  });
});
