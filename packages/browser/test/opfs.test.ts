import { describe } from "vitest";
import { opfs } from "../src/index.ts";
import { SYNC_CAPS } from "../src/caps.ts";
import { conformInPage } from "./harness/conform-in-page.ts";
import { useBrowser } from "./harness/pages.ts";
import { SKIPS, SYNC_SKIPS } from "./skips.ts";

useBrowser();

describe("opfs › conformance › in a page", () => {
  conformInPage({ store: "opfs", caps: opfs().caps, skips: SKIPS });
});

// The other cases try what core makes of it, which is the same as in a page; VFS_BROWSER_ALL runs them too.
const OWN =
  /^(skips|caps|sync|names|readFile|writeFile|appendFile|truncate|mkdir|rm|rename|symlink|link|stat|readdir|writeStream|readStream|handle)\b/;

describe("opfs › conformance › synchronous, in a worker", () => {
  conformInPage({ store: "opfsSync", caps: SYNC_CAPS, skips: SYNC_SKIPS, only: OWN, worker: true });
});
