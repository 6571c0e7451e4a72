import { describe } from "vitest";
import { opfs } from "../src/index.ts";
import { SYNC_CAPS } from "../src/caps.ts";
import { conformInPage } from "./harness/conform-in-page.ts";
import { useBrowser } from "./harness/pages.ts";
import { SKIPS, SYNC_SKIPS } from "./skips.ts";

useBrowser("disk");

describe("opfs › conformance › in a page", () => {
  conformInPage({ store: "opfs", caps: opfs().caps, skips: SKIPS });
});

describe("opfs › conformance › synchronous, in a worker", () => {
  conformInPage({ store: "opfsSync", caps: SYNC_CAPS, skips: SYNC_SKIPS, worker: true });
});
