import {
  capabilities,
  isPromiseLike,
  isRoot,
  mutates,
  run,
  unsupported,
  type AnyCall,
  type Awaitable,
  type Call,
  type Capabilities,
  type Layer,
} from "@vfs/core";
import { isKnown } from "../known.ts";
import { withOwnData } from "../own-data.ts";
import { Underway } from "../underway.ts";
import { answer } from "./answer.ts";
import type { Held, Send } from "./sight.ts";

/** Whether what belongs to somebody stays theirs: also when core puts a rename or an append together by copying. */
function keepsOwners({ modes, owners, rename, keeps, write }: Capabilities): boolean {
  return modes && owners && (!write || (rename === "tree" && keeps !== "nothing"));
}

/**
 * Checks what an identity may do (`vfs.view({ identity })`) over stores that keep modes and owners and do not check them
 * themselves, with the rules of POSIX; what somebody makes belongs to them. `caps.permissions` is then true, if the store
 * renames trees and keeps the owners of what is written (`caps.keeps`): else `ENOTSUP` as without. Below the layer
 * everybody is root.
 *
 * The directories on the way are looked at one by one for each call of somebody who is not root: put a `cache()` below
 * it where that is far. Looking and doing are two steps: somebody who may change the directories on the way can come
 * between them, but no link that they put there is followed without being looked at. What is created gets its owner in
 * a step of its own.
 *
 * @example
 * const vfs = createVfs(store, { layers: [permissions()] });
 * const ada = vfs.view({ identity: { uid: 1000, gid: 1000 } });
 */
export function permissions(): Layer {
  const underway = new Underway();
  return {
    name: "permissions",
    slot: "policy",
    caps: (inner) => capabilities({ ...inner, permissions: keepsOwners(inner) }),
    handle(call, next) {
      const send = next as Send;
      const { identity } = call.ctx;
      if (call.op === "unmount") return underway.unmount(call, send);
      if (call.op === "mount") return next(call);
      if (!isKnown(call)) {
        if (isRoot(identity)) return send(call);
        throw unsupported(`permissions() does not know what ${(call as Call).op} needs: only root may do it`);
      }
      // Root is stopped by nothing, but what it makes and changes has owners and bits as well.
      if (identity === undefined && !mutates(call)) return next(call);
      const held: Held = { call };
      const result: Awaitable<unknown> = run(answer(held, send));
      if (isPromiseLike(result)) held.call = withOwnData<AnyCall>(held.call, true);
      return underway.note(call, result);
    },
  };
}
