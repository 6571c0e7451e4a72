import { conform, delayed, part, type Place } from "@vfs/conformance";
import type { Capabilities, Layer, Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, it } from "vitest";
import { DELAYED, MEMORY, type Skips } from "./skips.ts";

/** How a layer goes through the kit. */
export interface Tried {
  /** New layers for each store. */
  readonly layers: () => readonly Layer[];
  /** Where it may stand: at the root and in a mount unless told. */
  readonly places?: readonly Place[];
  /** What the store can do with the layers in front of it; as without them unless told. */
  readonly caps?: (inner: Capabilities) => Capabilities;
  /** The store, memory unless told. */
  readonly make?: () => Provider;
  /** The cases that are left out over memory, by the reason. */
  readonly skips?: Skips;
  /** Cases that look into the store around the layer. */
  readonly around?: readonly string[];
  /** The same behind delays. */
  readonly delayedSkips?: Skips;
}

/** Runs the kit on a layer over memory, whole in the first place, and over memory that answers late. */
export function tryLayer(name: string, tried: Tried): void {
  const { layers, places = ["root", "mount"], make = memory, skips = MEMORY, delayedSkips = DELAYED } = tried;
  const { caps = (inner) => inner, around = [] } = tried;
  for (const [which, place] of places.entries()) {
    describe(`${name} › conformance › over memory, ${place}`, () => {
      conform(which === 0 ? it : part(it, which - 1), {
        make,
        caps: caps(make().caps),
        layers,
        place,
        skips,
        around,
      });
    });
    describe(`${name} › conformance › behind random delays, ${place}`, () => {
      const late = (): Provider => delayed(make(), 1);
      conform(part(it, which + 1), {
        make: late,
        caps: caps(late().caps),
        layers,
        place,
        skips: delayedSkips,
        around,
      });
    });
  }
}
