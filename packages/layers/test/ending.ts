import { createVfs, type Provider, type Vfs } from "@vfs/core";
import { expiry, type ExpiryLayer } from "../src/index.ts";
import { lacking } from "./lacking.ts";
import { ManualClock } from "./manual-clock.ts";

/** A store that keeps no attributes. */
export const plain = (): Provider => lacking({ meta: false });

/** A Vfs whose files may end, over either kind of store, with a clock that is set by hand. */
export function ending(make: () => Provider): {
  vfs: Vfs;
  clock: ManualClock;
  store: Provider;
  layer: ExpiryLayer;
} {
  const clock = new ManualClock();
  const store = make();
  const layer = expiry({ clock });
  return { vfs: createVfs(store, { layers: [layer], keepOpen: true }), clock, store, layer };
}
