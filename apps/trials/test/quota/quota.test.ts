import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { delayed } from "@vfs/conformance";
import { capabilities, createVfs, isVfsError, type Capabilities, type Provider, type Vfs } from "@vfs/core";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { quota, type QuotaLayer, type QuotaLimits } from "@vfs/security";
import { sqlite } from "@vfs/sqlite";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failing, type Failure } from "./failing.ts";
import { operation, perform, type Handle, type Operation } from "./operations.ts";
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
  vfs: Vfs;
  readonly bare: Vfs;
  readonly handles: Handle[] = [];
  readonly #late: boolean;
  #whole: Vfs;

  constructor(provider: Provider, limits: QuotaLimits) {
    this.layer = quota(limits);
    this.#late = provider.caps.usage && !provider.caps.sync;
    this.#whole = createVfs(provider, { layers: [this.layer] });
    this.vfs = this.#whole;
    this.bare = createVfs(provider, { keepOpen: true });
  }

  /** The same in the stack of a mount. */
  static async mounted(provider: Provider, limits: QuotaLimits): Promise<Trial> {
    const trial = new Trial(provider, limits);
    trial.#whole = createVfs(memory());
    await trial.#whole.mount("/m", provider, { layers: [trial.layer] });
    trial.vfs = trial.#whole.view({ root: "/m" });
    return trial;
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

  /** What the quota has wrong by now; empty when it has all right. */
  async problems(limits: { readonly maxTotalBytes: number; readonly maxFiles: number }): Promise<string[]> {
    const there = await truth(this.bare, this.handles);
    // What such a store told last is from before the last change.
    if (this.#late) await this.layer.resync();
    const usage = this.layer.usage();
    const problems: string[] = [];
    const compare = (bytes: number, files: number, when: string): void => {
      if (bytes !== there.bytes || files !== there.files)
        problems.push(`${when}: ${bytes} bytes, ${files} files; there are ${there.bytes}, ${there.files}`);
    };
    if (usage.measured) compare(usage.bytes, usage.files, "counted");
    if (usage.reservedBytes !== 0 || usage.reservedFiles !== 0) problems.push("something stays reserved");
    if (there.bytes > limits.maxTotalBytes) problems.push(`${there.bytes} bytes were let in`);
    if (there.files > limits.maxFiles) problems.push(`${there.files} files were let in`);
    if (usage.measured) return problems;
    const { bytes, files } = await this.layer.resync();
    compare(bytes, files, "measured anew");
    return problems;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.handles.map((handle) => handle.close()));
    await this.#whole.close();
  }
}

describe.each(Object.entries(KINDS))("quota › %s", (_name, { make, runs }) => {
  it.each([
    ["ample", AMPLE],
    ["tight", LIMITS],
  ])("counts what a fresh walk finds, with %s limits", async (_size, limits) => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 30 }), async (steps) => {
        const provider = make();
        const trial = new Trial(provider, limits);
        try {
          await trial.layer.resync();
          for (const step of steps) {
            await trial.perform(step);
            expect(await trial.problems(limits)).toEqual([]);
          }
        } finally {
          await trial.close();
        }
      }),
      { numRuns: runs },
    );
  });

  it("counts the same in the stack of a mount", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 30 }), async (steps) => {
        const trial = await Trial.mounted(make(), LIMITS);
        try {
          for (const step of steps) {
            await trial.perform(step);
            expect(await trial.problems(LIMITS)).toEqual([]);
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
            expect(await trial.problems(LIMITS)).toEqual([]);
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
            expect(await trial.problems(LIMITS)).toEqual([]);
          }
        } finally {
          await trial.close();
        }
      }),
      { numRuns: runs },
    );
  });
});
