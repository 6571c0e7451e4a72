import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conform, part } from "@vfs/conformance";
import type { Provider } from "@vfs/core";
import { afterAll, beforeAll, describe, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { SKIPS } from "./skips.ts";

let directory = "";
let files = 0;
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), "vfs-sqlite-"))));
afterAll(() => rmSync(directory, { recursive: true }));

const inFile = (): Provider => sqlite({ file: join(directory, `${files++}.db`) });
const inMemory = (): Provider => sqlite({ file: ":memory:" });
const { caps } = inMemory();

for (const [which, place] of (["layer", "mount", "root"] as const).entries())
  describe(`sqlite › conformance › ${place}`, () => {
    conform(place === "root" ? it : part(it, which), { make: inFile, caps, place, skips: SKIPS });
  });

describe("sqlite › conformance › in memory", () => {
  conform(part(it, 2), { make: inMemory, caps, skips: SKIPS });
});
