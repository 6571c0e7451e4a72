import { describe } from "vitest";
import { indexeddb } from "../src/index.ts";
import { conformInPage } from "./harness/conform-in-page.ts";
import { useBrowser } from "./harness/pages.ts";
import { SKIPS } from "./skips.ts";

useBrowser();

const { caps } = indexeddb({ name: "any" });

describe("indexeddb › conformance", () => {
  conformInPage({ store: "indexeddb", caps, skips: SKIPS });
});
