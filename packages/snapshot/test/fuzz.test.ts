import assert from "node:assert/strict";
import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import fc from "fast-check";
import { packTar } from "modern-tar";
import { describe, expect, it } from "vitest";
import { snapshots } from "../src/index.ts";

const LIMITS = { name: "in", maxBytes: 1 << 20, maxEntries: 200 };

/** Takes in what may be anything into a directory of a tree, and looks that nothing got out of it. */
async function takeIn(source: string | Uint8Array): Promise<"taken" | "refused"> {
  const vfs = createVfs(memory());
  const store = memory();
  await vfs.mkdir("/scope/deep", { recursive: true });
  await vfs.writeFile("/secret", "secret");
  const states = snapshots(vfs, { scope: "/scope/deep", store });
  try {
    await states.import(source, LIMITS);
  } catch (reason) {
    if (!isVfsError(reason, "EINVAL")) throw reason;
    assert.deepEqual(await states.list(), []);
    const kept = createVfs(store);
    assert.equal((await kept.exists("/objects")) ? (await kept.du("/objects")).files : 0, 0);
    return "refused";
  }
  await states.restore("in");
  expect([await vfs.readdir("/"), await vfs.readdir("/scope")]).toEqual([["scope", "secret"], ["deep"]]);
  expect(await vfs.readFile("/secret", "utf8")).toBe("secret");
  await linksStayWithin(vfs);
  return "taken";
}

/** Every link leads to something below the scope, or to nothing. */
async function linksStayWithin(vfs: Vfs): Promise<void> {
  for await (const { path } of vfs.find("/scope/deep", { type: "symlink" })) {
    const at = await vfs.realpath(path).catch((reason: unknown) => {
      if (!isVfsError(reason)) throw reason;
      return "/scope/deep";
    });
    expect(`${at}/`).toMatch(/^\/scope\/deep\//);
  }
}

const part = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "c", "é") },
  { weight: 1, arbitrary: fc.constantFrom("..", ".", "", "\0", "x".repeat(300), "__proto__") },
);
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const target = fc
  .tuple(fc.constantFrom("", "", "/"), fc.array(fc.oneof(part, fc.constant("..")), { maxLength: 4 }))
  .map(([start, parts]) => start + parts.join("/"));
const entry = fc.oneof(
  fc.record({ type: fc.constant("file" as const), path, text: fc.string({ maxLength: 20 }) }),
  fc.record({ type: fc.constant("directory" as const), path }),
  fc.record({ type: fc.constantFrom("symlink" as const, "link" as const), path, target }),
);

describe("import of anything", () => {
  it("JSON with any paths and links never gets out", async () => {
    const seen = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), async (entries) => {
        const text = JSON.stringify({ format: "vfs-snapshot", version: 1, entries });
        seen[await takeIn(text)]++;
      }),
      { numRuns: 300 },
    );
    expect([seen.taken > 20, seen.refused > 20], JSON.stringify(seen)).toEqual([true, true]);
  });

  it("JSON of any shape is taken or refused", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          fc
            .jsonValue()
            .map((files) => JSON.stringify({ snapshot: { files, directories: files }, metadata: files })),
          fc
            .jsonValue()
            .map((entries) => JSON.stringify({ format: "vfs-snapshot", version: 1, entries: [entries] })),
        ),
        async (text) => {
          expect(await takeIn(text)).toMatch(/taken|refused/);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("tars with any paths and links never get out", async () => {
    const seen = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), async (entries) => {
        const tar = await packTar(
          entries.map((one) =>
            one.type === "file"
              ? {
                  header: { name: one.path, size: new TextEncoder().encode(one.text).length },
                  body: one.text,
                }
              : one.type === "directory"
                ? { header: { name: `${one.path}/`, type: one.type, size: 0 } }
                : { header: { name: one.path, type: one.type, linkname: one.target, size: 0 } },
          ),
        );
        seen[await takeIn(tar)]++;
      }),
      { numRuns: 300 },
    );
    expect([seen.taken > 20, seen.refused > 20], JSON.stringify(seen)).toEqual([true, true]);
  });

  it("a tar with bytes changed, cut and repeated is taken or refused", async () => {
    const whole = await packTar([
      { header: { name: "d/", type: "directory", size: 0 } },
      {
        header: { name: "d/file", size: 600, pax: { "VFS.meta": '{"k":"v"}', mtime: "1.5" } },
        body: "x".repeat(600),
      },
      { header: { name: "n".repeat(180), size: 3 }, body: "abc" },
      { header: { name: "d/link", type: "symlink", linkname: "file", size: 0 } },
      { header: { name: "hard", type: "link", linkname: "d/file", size: 0 } },
    ]);
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), signed: fc.boolean() });
    const seen = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 6 }),
        fc.option(fc.nat(whole.length)),
        async (changes, cut) => {
          const bytes = whole.slice(0, cut ?? undefined);
          for (const { at, byte, signed } of changes) {
            if (at < bytes.length) bytes[at] = byte;
            // Most changes of a header only break its checksum: some get a right one.
            if (signed) sign(bytes.subarray(at - (at % 512), at - (at % 512) + 512));
          }
          seen[await takeIn(bytes)]++;
        },
      ),
      { numRuns: 500 },
    );
    expect([seen.taken > 20, seen.refused > 20], JSON.stringify(seen)).toEqual([true, true]);
  });
});

function sign(block: Uint8Array): void {
  if (block.length < 512) return;
  block.fill(32, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
}
