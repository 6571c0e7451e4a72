import type { Awaitable } from "./awaitable.ts";
import type { AnyCall, Call, Next } from "./call.ts";
import type { Capabilities } from "./capabilities.ts";
import type { StoreChange } from "./changes.ts";
import type { VPath } from "./path.ts";

/** The places that a layer may take, outside in. The last three are for the layers of a mount only. */
export const SLOTS = [
  "trace",
  "policy",
  "quota",
  "snapshot",
  "limit",
  "cache",
  "retry",
  // Names or content are others above it: no store is asked to search for them.
  "transform",
] as const;

/** Where a layer belongs in its stack. */
export type Slot = (typeof SLOTS)[number];

const ROOT_SLOTS: ReadonlySet<Slot> = new Set(SLOTS.slice(0, 5));

/** A mount that a stack leads to. */
export interface Reached {
  /** Where it lies, as the layer sees paths: the root, in the stack of a mount. */
  readonly path: VPath;
  /** What can be done there through what is below the layer. */
  readonly caps: Capabilities;
  /** Stands for the store: two mounts of one provider have the same. */
  readonly store: object;
}

/** Where a layer stands: what it may use beside the calls that come by. */
export interface LayerSite {
  /** Sends a call of the layer's own to what is below it. */
  readonly next: Next;
  /** The mounts that it leads to now; they change with each `mount` and `unmount` that passes the layer. */
  mounts(): readonly Reached[];
  /**
   * Only for a layer of a mount: calls `listener` after each change that is made to the store through core, by whichever
   * mount and Vfs, and before who makes it hears so. Returns how to stop.
   */
  readonly onChange?: OnChange | undefined;
}

type OnChange = (listener: (changes: readonly StoreChange[]) => void) => () => void;

/**
 * Something that every call passes through: a policy, a cache, a trace. It handles the calls that it cares about and
 * hands every other one to `next` as it is, so that an operation added tomorrow is not lost in it.
 */
export interface Layer {
  readonly name: string;
  readonly slot: Slot;
  /** What the stack can do with this layer in it; as below it unless told. */
  caps?(inner: Capabilities): Capabilities;
  /** Called once a stack, before any call passes: for layers that must know what they stand in front of. */
  attach?(site: LayerSite): void;
  /**
   * Handles one call. A `LinkMet` that comes out of `next` is a signal and must go on as it is.
   *
   * @example
   * handle: (call, next) => (call.op === "write" && call.args.data.length > limit ? tooLarge(call) : next(call))
   */
  handle(call: AnyCall, next: Next): Awaitable<unknown>;
  /**
   * Whether this layer may decide differently about something below `path`. Core then takes every operation on the
   * tree apart, so that each file in it passes this layer by itself.
   */
  decidesBelow?(path: VPath): boolean;
  /**
   * The layer looks through a directory that is renamed by itself, with calls to `next`, and refuses what it must: core
   * then lets such a rename come to it. Without this core refuses it wherever the layer decides below one of the paths.
   */
  readonly checksMoves?: boolean;
  /**
   * The layer is about calls, not about which files they are for or what is in them: core may send many files through it
   * by one `writeMany`. Without this each file that is copied passes it by itself.
   */
  readonly passesMany?: boolean;
  /** How those above know a change below, where this layer gives things other names; undefined for what they cannot see. */
  outward?(change: StoreChange): StoreChange | undefined;
  /** Gives back what the layer holds, when its stack is closed. */
  close?(): Awaitable<void>;
}

/**
 * Puts layers in front of `inner`.
 *
 * @param layers Outside in, in the order of {@link SLOTS}.
 * @param place Whether the stack is that of a whole Vfs or of one mount.
 * @param mounts What `inner` leads to.
 * @param onChange How the layers of a mount hear of changes of its store.
 * @throws TypeError when a layer stands in front of one whose slot is further out, or in a stack that lacks its slot.
 */
export function stack(
  layers: readonly Layer[],
  inner: Next,
  place: "root" | "mount",
  mounts: () => readonly Reached[],
  onChange?: OnChange,
): Next {
  checkOrder(layers, place);
  let changes = onChange;
  return layers.reduceRight<Next>((next, layer, at) => {
    const below = layers.slice(at + 1);
    layer.attach?.({
      next,
      mounts: () => mounts().map(({ path, caps, store }) => ({ path, caps: left(below, caps), store })),
      onChange: changes,
    });
    changes = changes && seenThrough(layer, changes);
    return through(layer, next);
  }, inner);
}

/** What layers leave of the abilities of what is below them. */
export function left(layers: readonly Layer[], caps: Capabilities): Capabilities {
  return layers.reduceRight((inner, layer) => layer.caps?.(inner) ?? inner, caps);
}

/** Whether some layer decides differently about things below `path`. */
export function decideBelow(layers: readonly Layer[], path: VPath): boolean {
  return layers.some((layer) => layer.decidesBelow?.(path) === true);
}

function seenThrough(layer: Layer, onChange: OnChange): OnChange {
  if (layer.outward === undefined) return onChange;
  return (listener) =>
    onChange((changes) => {
      const seen = changes.flatMap((change) => layer.outward?.(change) ?? []);
      if (seen.length > 0) listener(seen);
    });
}

function through(layer: Layer, next: Next): Next {
  // A layer answers each operation with that operation's result: `handle` cannot say so in its type.
  return ((call: Call) => layer.handle(call as AnyCall, next)) as Next;
}

function checkOrder(layers: readonly Layer[], place: "root" | "mount"): void {
  let furthest = 0;
  for (const { name, slot } of layers) {
    const index = SLOTS.indexOf(slot);
    if (index < 0)
      throw new TypeError(`layer "${name}" has the unknown slot "${slot}"; slots are ${SLOTS.join(", ")}`);
    if (place === "root" && !ROOT_SLOTS.has(slot))
      throw new TypeError(
        `layer "${name}" (slot "${slot}") belongs to a mount: give it to vfs.mount(path, provider, { layers })`,
      );
    if (index < furthest)
      throw new TypeError(
        `layer "${name}" (slot "${slot}") must stand before those of slot "${SLOTS[furthest]}"`,
      );
    furthest = index;
  }
}
