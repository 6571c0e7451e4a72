import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conform, type Place } from "@vfs/conformance";
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

for (const place of ["root", "mount", "layer"] as Place[])
  describe(`sqlite › conformance › ${place}`, () => {
    conform(it, { make: inFile, caps, place, skips: SKIPS });
  });

describe("sqlite › conformance › in memory", () => {
  conform(it, { make: inMemory, caps, skips: SKIPS });
});
