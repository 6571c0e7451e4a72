import { chain, type Awaitable } from "../awaitable.ts";
import type { Bytes } from "../bytes.ts";
import type { Call } from "../call.ts";
import type { Context } from "../context.ts";
import { VfsError } from "../error.ts";
import { run, wait, type Flow } from "../flow.ts";
import type { Operations, OpName } from "../operations.ts";
import { isWithin, joinPath, type VPath } from "../path.ts";
import type { ByteSource, ReadOptions, StreamReadOptions } from "../provider.ts";
import type { Entry, Page, Stat } from "../stat.ts";
import type { Store } from "../store.ts";
import { pieces, sourceOf } from "./chunks.ts";
import type { EmulatedNode } from "./node.ts";

/** The operations after which a file that is open through core has another content, or other attributes. */
const REWRITING: ReadonlySet<OpName> = new Set<OpName>([
  "write",
  "writeStream",
  "writeMany",
  "append",
  "truncate",
  "copy",
  "rename",
  "setStat",
]);

/**
 * Runs a mutation of a path whose file may be open through core: what handles have written is written back before, and
 * what the operation changed is taken up after; meanwhile they wait. The caller holds the locks of the call's paths.
 */
export function coherently<K extends OpName>(
  store: Store,
  call: Call<K>,
  action: () => Awaitable<Operations[K]["result"]>,
): Awaitable<Operations[K]["result"]> {
  const nodes = nodesWithin(store, call.path, call.to);
  return inTurns(nodes, call.ctx, () => run(changing(store, call, nodes, action)));
}

function* changing<K extends OpName>(
  store: Store,
  call: Call<K>,
  nodes: readonly EmulatedNode[],
  action: () => Awaitable<Operations[K]["result"]>,
): Flow<Operations[K]["result"]> {
  const { op, path, to = path, ctx } = call;
  const losing = losingNodes(store, call);
  for (const node of nodes) yield* losing.includes(node) ? node.keep(ctx) : node.flush(ctx);
  const result = yield* wait(action());
  for (const node of losing) node.detach();
  const rewritten = REWRITING.has(op) ? nodes.filter((node) => isWithin(node.path, to)) : [];
  for (const node of rewritten) if (!losing.includes(node)) yield* node.refresh(ctx);
  return result;
}

/** Has the turns of all nodes while `action` runs. */
function inTurns<T>(nodes: readonly EmulatedNode[], ctx: Context, action: () => Awaitable<T>): Awaitable<T> {
  const [first, ...others] = nodes;
  if (first === undefined) return action();
  return first.turns.run(ctx.sync, () => inTurns(others, ctx, action));
}

/** Before a stream is written, which may take hours: writes back what handles have written. */
export function* writeBack(store: Store, { path, ctx }: Call): Flow<void> {
  for (const node of nodesWithin(store, path))
    yield* wait(node.turns.run(ctx.sync, () => run(node.flush(ctx))));
}

/** After a stream was written: lets the open files see it. */
export function* takeUp(store: Store, { path, ctx }: Call): Flow<void> {
  for (const node of nodesWithin(store, path))
    yield* wait(node.turns.run(ctx.sync, () => run(node.refresh(ctx))));
}

/** The open files whose name a call takes away. */
function losingNodes(store: Store, { op, path, to }: Call): EmulatedNode[] {
  if (op === "remove") return nodesWithin(store, path);
  return op === "rename" && to !== undefined && to !== path ? nodesWithin(store, to) : [];
}

function nodesWithin(store: Store, path: VPath, to: VPath = path): EmulatedNode[] {
  return [...store.emulated.values()].filter((node) => isWithin(node.path, path) || isWithin(node.path, to));
}

/**
 * What a call that only looks must see of files that have something unsaved: what was written to them, not what the
 * store still has. Undefined where that makes no difference.
 */
export function unsaved(
  store: Store,
  call: Call,
): ((fromStore: () => Awaitable<unknown>) => Awaitable<unknown>) | undefined {
  if (call.op === "list" && (call as Call<"list">).args.stat === true)
    return (fromStore) => chain(fromStore(), (page) => corrected(store, call.path, page as Page<Entry>));
  const node = store.emulated.get(call.path);
  if (node === undefined || !node.dirty) return undefined;
  switch (call.op) {
    case "stat":
      return () => node.stat();
    case "read":
      return () => readNode(node, call.args as ReadOptions, call);
    case "readStream":
      return () => streamNode(node, call.args as StreamReadOptions, call);
    default:
      return undefined;
  }
}

function corrected(store: Store, directory: VPath, page: Page<Entry>): Page<Entry> {
  const items = page.items.map((entry) => {
    const node = store.emulated.get(joinPath(directory, entry.name));
    return node?.dirty === true ? { ...entry, stat: node.stat() satisfies Stat } : entry;
  });
  return { ...page, items };
}

function streamNode(node: EmulatedNode, options: StreamReadOptions, call: Call): Awaitable<ByteSource> {
  return chain(readNode(node, options, call), (data) => sourceOf(pieces(data, options.chunkSize), call.ctx));
}

function readNode(node: EmulatedNode, options: ReadOptions, { ctx }: Call): Awaitable<Bytes> {
  const { offset = 0, length = Infinity, ifMatch } = options;
  if (ifMatch !== undefined)
    throw new VfsError("ESTALE", { reason: "precondition", hint: "an open file has changes to it" });
  return node.turns.run(ctx.sync, () => {
    const into = new Uint8Array(Math.max(0, Math.min(length, node.stat().size - offset)));
    return chain(run(node.read(into, offset, ctx)), (count) => into.subarray(0, count));
  });
}
