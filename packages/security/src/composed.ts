import { chain, type Layer, type Next, type VPath } from "@vfs/core";

/**
 * Two layers as one that takes the place of the outer one: what `outer` lets through goes to `inner`.
 */
export function composed(outer: Layer, inner: Layer): Layer {
  const throughInner = remembering((next) => ((call) => inner.handle(call as never, next)) as Next);
  const { checksMoves } = outer;
  return {
    name: outer.name,
    slot: outer.slot,
    caps: (caps) => {
      const left = inner.caps?.(caps) ?? caps;
      return outer.caps?.(left) ?? left;
    },
    attach: (standing) => {
      inner.attach?.(standing);
      outer.attach?.({ ...standing, next: throughInner(standing.next), mounts: () => standing.mounts() });
    },
    handle: (call, next) => outer.handle(call, throughInner(next)),
    ...(outer.decidesBelow === undefined && inner.decidesBelow === undefined
      ? {}
      : {
          decidesBelow: (path: VPath) =>
            outer.decidesBelow?.(path) === true || inner.decidesBelow?.(path) === true,
        }),
    // Where both decide below, both must look into what is moved.
    ...(checksMoves === true && (inner.decidesBelow === undefined || inner.checksMoves === true)
      ? { checksMoves }
      : {}),
    close: () => chain(inner.close?.(), () => outer.close?.()),
  };
}

/** A stack has one `next` for all its calls: what is made of it need not be made again. */
function remembering(make: (next: Next) => Next): (next: Next) => Next {
  let last: Next | undefined;
  let made: Next | undefined;
  return (next) => {
    if (made === undefined || last !== next) {
      last = next;
      made = make(next);
    }
    return made;
  };
}
