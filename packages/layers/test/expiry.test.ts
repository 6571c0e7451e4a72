import type { Provider } from "@vfs/core";
import { tryLayer } from "./kit.ts";
import { lacking } from "./lacking.ts";
import { DELAYED, lessAndMore, MEMORY } from "./skips.ts";
import { expiry } from "../src/index.ts";

const plain = (): Provider => lacking({ meta: false });
const REFUSED = "setMeta › is refused where the store keeps none";
const NO_META = {
  "the store keeps no attributes": [
    "setMeta › keeps a content type and attributes",
    "setMeta › goes along with a copy and a rename",
    "setMeta › shares nothing with the caller",
    "setMeta › stays when the content is replaced",
    "attributes › belong to one file, and their names keep their case",
  ],
};

tryLayer("expiry", { layers: () => [expiry()] });

tryLayer("expiry without attributes", {
  layers: () => [expiry()],
  make: plain,
  skips: lessAndMore(MEMORY, [REFUSED], NO_META),
  delayedSkips: lessAndMore(DELAYED, [REFUSED], NO_META),
});
