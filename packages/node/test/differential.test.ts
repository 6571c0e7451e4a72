import nodeFs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { afterAll, describe, expect, it } from "vitest";
import { toNodeFs } from "../src/index.ts";
import type { Row, Way } from "./call-table.ts";
import { DESCRIPTOR_ROWS } from "./descriptor-rows.ts";
import { DIFFERENT } from "./different.ts";
import { OPTION_ROWS } from "./option-rows.ts";
import { outcomeOf, treeOf } from "./outcome.ts";
import { PATH_ROWS } from "./path-rows.ts";
import { TREE_ROWS } from "./tree-rows.ts";

const ROWS: readonly Row[] = [...PATH_ROWS, ...OPTION_ROWS, ...TREE_ROWS, ...DESCRIPTOR_ROWS];

// Both sides know the same directory by the same name, so whole texts can be compared.
const PLACE = nodeFs.mkdtempSync(join(tmpdir(), "vfs-face-"));
afterAll(() => nodeFs.rmSync(PLACE, { recursive: true, force: true }));

const face = toNodeFs(createVfs(memory()));
face.mkdirSync(PLACE, { recursive: true });

function fill(fs: typeof nodeFs, at: string): void {
  fs.mkdirSync(`${at}/d/e`, { recursive: true });
  fs.mkdirSync(`${at}/empty`);
  fs.mkdirSync(`${at}/links`);
  fs.writeFileSync(`${at}/a`, "hello");
  fs.writeFileSync(`${at}/b`, "other", { mode: 0o600 });
  fs.writeFileSync(`${at}/bytes`, Buffer.from([0, 127, 200, 255, 65]));
  fs.writeFileSync(`${at}/d/x`, "ex");
  fs.writeFileSync(`${at}/d/.hidden`, "");
  fs.writeFileSync(`${at}/d/e/x`, "deep");
  fs.writeFileSync(`${at}/мой-файл`, "");
  fs.symlinkSync("a", `${at}/link`);
  fs.symlinkSync("d", `${at}/dlink`);
  fs.symlinkSync("nowhere", `${at}/dangling`);
  fs.symlinkSync("loop", `${at}/loop`);
  fs.symlinkSync("../a", `${at}/links/file`);
  fs.symlinkSync("../d", `${at}/links/directory`);
  fs.utimesSync(`${at}/a`, 1000, 2000);
}

const WAYS: readonly Way[] = ["promise", "callback", "sync"];
let made = 0;

async function compare({ call, args }: Row, way: Way): Promise<void> {
  const at = join(PLACE, `${++made}`);
  const outcomes = [];
  for (const fs of [nodeFs, face]) {
    fs.mkdirSync(at);
    fill(fs, at);
    const outcome = await outcomeOf(fs, call, args(at, fs), way);
    outcomes.push({ outcome, tree: treeOf(fs, at) });
  }
  const [real, ours] = outcomes;
  expect(ours).toEqual(real);
}

describe("the face and node:fs agree on", () => {
  for (const row of ROWS)
    for (const way of row.ways ?? WAYS) {
      const name = `${row.call} › ${row.what} › ${way}`;
      const known = DIFFERENT.some(({ matches }) => matches.test(name) && !/ path a\0b /.test(name));
      // One that agrees after all fails, so that the list of differences stays true.
      (known ? it.fails : it)(name, () => compare(row, way));
    }
});

it("hundreds of calls are compared, and few of them are known to differ", () => {
  expect(ROWS.length).toBeGreaterThan(400);
  expect(DIFFERENT.length).toBeLessThan(20);
});
