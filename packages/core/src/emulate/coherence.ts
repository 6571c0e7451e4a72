import type { Awaitable } from "../awaitable.ts";
import { mutates, type Call } from "../call.ts";
import { wait, type Flow } from "../flow.ts";
import type { Operations, OpName } from "../operations.ts";
import { isWithin, type VPath } from "../path.ts";
import type { Store } from "../store.ts";
import type { EmulatedNode } from "./node.ts";

/**
 * Runs an operation on a path whose file may be open through core: what handles have written is written back before,
 * and what the operation changed is taken up after. The caller holds the locks of the call's paths.
 */
export function* coherently<K extends OpName>(
  store: Store,
  call: Call<K>,
  action: () => Awaitable<Operations[K]["result"]>,
): Flow<Operations[K]["result"]> {
  const { path, to, ctx, op } = call;
  const losing =
    op === "remove"
      ? nodesWithin(store, path)
      : to !== undefined && op === "rename"
        ? nodesWithin(store, to)
        : [];
  for (const node of [...nodesWithin(store, path), ...(to === undefined ? [] : nodesWithin(store, to))])
    yield* losing.includes(node) && path !== to ? node.keep(ctx) : node.flush(ctx);
  const result = yield* wait(action());
  const moved = op === "rename" && path !== to;
  if (op === "remove" || moved) for (const node of losing) node.detach();
  if (mutates(call)) for (const node of nodesWithin(store, to ?? path)) yield* node.refresh(ctx);
  return result;
}

function nodesWithin(store: Store, path: VPath): EmulatedNode[] {
  return [...store.emulated.values()].filter((node) => isWithin(node.path, path));
}
