import { capabilities, type Provider, type VPath } from "@vfs/core";
import { memory } from "@vfs/memory";
import { CONTEXT } from "./context.ts";
import { tryLayer } from "./kit.ts";
import { prefix } from "../src/index.ts";
import { AROUND, DELAYED, lessAndMore, MEMORY } from "./skips.ts";

/** Memory with a directory in it that is to be the root, and something beside it. */
function tenants(): Provider {
  const store = memory();
  const must = store as Required<Provider>;
  void must.mkdir("/tenants" as VPath, {}, CONTEXT);
  void must.mkdir("/tenants/ada" as VPath, {}, CONTEXT);
  void must.mkdir("/tenants/bob" as VPath, {}, CONTEXT);
  return store;
}

const NO_USAGE = {
  "how full a part of a store is, is not known": [
    "usage › follows what is stored",
    "statfs › tells of room, whole and free",
    "link › counts its bytes once",
  ],
};
const REFUSED = "usage › is refused where the store does not know";

tryLayer("prefix", {
  layers: () => [prefix("/tenants/ada")],
  places: ["mount"],
  make: tenants,
  caps: (inner) => capabilities({ ...inner, usage: false }),
  skips: lessAndMore(MEMORY, [REFUSED], NO_USAGE),
  delayedSkips: lessAndMore(DELAYED, [REFUSED], NO_USAGE),
  around: AROUND,
});
