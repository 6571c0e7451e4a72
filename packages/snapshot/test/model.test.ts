import assert from "node:assert/strict";
import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { autoSnapshot, snapshots, type Snapshots } from "../src/index.ts";
import { picture } from "./picture.ts";

type Op =
  | { op: "write"; path: string; text: string }
  | { op: "mkdir" | "remove"; path: string }
  | { op: "rename" | "link" | "symlink"; path: string; to: string }
  | { op: "chmod"; path: string; mode: number }
  | { op: "create" | "restore" | "delete" | "part"; name: string; path: string }
  | { op: "prune"; keep: number };

const path = fc.constantFrom("/a", "/b", "/d", "/d/a", "/d/b", "/d/e", "/d/e/a", "/d/e/b");
const name = fc.constantFrom("s1", "s2", "s3");
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant("write" as const), path, text: fc.string({ maxLength: 8 }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom("mkdir" as const, "remove" as const), path }) },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constantFrom("rename" as const, "link" as const, "symlink" as const),
      path,
      to: path,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant("chmod" as const),
      path,
      mode: fc.constantFrom(0o600, 0o755, 0o400),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constantFrom("create" as const, "restore" as const), name, path }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constantFrom("delete" as const, "part" as const), name, path }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("prune" as const), keep: fc.nat(2) }) },
);

type Picture = Record<string, unknown>;

async function perform(vfs: Vfs, states: Snapshots, kept: Map<string, Picture>, step: Op): Promise<void> {
  switch (step.op) {
    case "write":
      return vfs.writeFile(step.path, step.text);
    case "mkdir":
      await vfs.mkdir(step.path);
      return;
    case "remove":
      return vfs.rm(step.path, { recursive: true });
    case "rename":
      return vfs.rename(step.path, step.to);
    case "link":
      return vfs.link(step.path, step.to);
    case "symlink":
      return vfs.symlink(step.path, step.to);
    case "chmod":
      return (await vfs.lstat(step.path)).isSymbolicLink() ? undefined : vfs.chmod(step.path, step.mode);
    case "create":
      await states.create(step.name);
      kept.set(step.name, await picture(vfs));
      return;
    case "restore":
      await states.restore(step.name);
      assert.deepEqual(await picture(vfs), kept.get(step.name));
      return;
    case "part": {
      await states.restore(step.name, { path: step.path });
      const part = (all: Picture = {}): Picture =>
        Object.fromEntries(
          Object.entries(all)
            .filter(([at]) => at === step.path || at.startsWith(`${step.path}/`))
            // Names outside are no names of it any more.
            .map(([at, seen]) => [at, { ...(seen as object), nlink: 0, group: 0 }]),
        );
      assert.deepEqual(part(await picture(vfs)), part(kept.get(step.name)));
      return;
    }
    case "delete":
      await states.delete(step.name);
      kept.delete(step.name);
      return;
    case "prune":
      for (const gone of (await states.prune({ keep: step.keep })).removed) kept.delete(gone);
  }
}

describe("snapshots", () => {
  it.each([
    ["by content", 120, () => ({ store: memory() })],
    ["by the store of the tree", 120, () => ({})],
  ])(
    "agree with a map of whole trees, whatever happens to the tree: kept %s",
    async (_, numRuns, options) => {
      await fc.assert(
        fc.asyncProperty(fc.array(op, { minLength: 5, maxLength: 40 }), async (steps) => {
          const vfs = createVfs(memory());
          const states = snapshots(vfs, options());
          const kept = new Map<string, Picture>();
          for (const step of steps)
            try {
              await perform(vfs, states, kept, step);
            } catch (reason) {
              if (!isVfsError(reason)) throw reason;
            }
          expect((await states.list()).map((one) => one.name).toSorted()).toEqual(
            [...kept.keys()].toSorted(),
          );
          for (const [one, seen] of kept) {
            expect((await states.verify(one)).damages).toEqual([]);
            await states.restore(one);
            expect(await picture(vfs)).toEqual(seen);
          }
          await states.delete(...kept.keys());
          expect((await states.usage()).bytes).toBe(0);
        }),
        { numRuns },
      );
    },
  );

  it("undo and redo walk through the states of the tree", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("change" as const, "undo" as const, "redo" as const), {
          minLength: 3,
          maxLength: 14,
        }),
        async (steps) => {
          const auto = autoSnapshot({ gapMs: 0, keep: 50 });
          const vfs = createVfs(memory(), { layers: [auto] });
          const states = snapshots(vfs, { store: memory() });
          auto.keepIn(states);
          await vfs.writeFile("/f", "0");
          let past: string[] = [];
          let future: string[] = [];
          let now = "0";
          for (const [at, step] of steps.entries()) {
            if (step === "change") {
              past.push(now);
              future = [];
              now = `${at + 1}`;
              await vfs.writeFile("/f", now);
            } else {
              const [from, to] = step === "undo" ? [past, future] : [future, past];
              const next = from.pop();
              assert.equal((await states[step]()) !== undefined, next !== undefined);
              if (next !== undefined) {
                to.push(now);
                now = next;
              }
            }
            expect(await vfs.readFile("/f", "utf8")).toBe(now);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
