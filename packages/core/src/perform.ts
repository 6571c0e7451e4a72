import { attempt, chain, type Awaitable } from "./awaitable.ts";
import { Call, followsLast, mutates } from "./call.ts";
import { collect, endingWith } from "./emulate/chunks.ts";
import { coherently, takeUp, unsaved, writeBack } from "./emulate/coherence.ts";
import { lastingFiles, needsIfMatch, readOnlyStore, statOrNothing } from "./emulate/store-calls.ts";
import { VfsError } from "./error.ts";
import { run } from "./flow.ts";
import type { Mount } from "./mount.ts";
import type { Operations, OpName } from "./operations.ts";
import { joinPath, type VPath } from "./path.ts";
import { PERFORMERS } from "./performers.ts";
import type { Provider, WriteOptions } from "./provider.ts";
import type { Stat } from "./stat.ts";
import type { Store } from "./store.ts";

/** The end of a mount's stack: the provider, and core's emulation of what it lacks. */
export function perform<K extends OpName>(mount: Mount, call: Call<K>): Awaitable<Operations[K]["result"]> {
  const { store } = mount;
  const { provider } = store;
  if (!mutates(call)) {
    const fresh = store.emulated.size === 0 || call.file !== undefined ? undefined : unsaved(store, call);
    if (fresh === undefined) return PERFORMERS[call.op](provider, call, store, mount);
    const fromStore = (): Awaitable<unknown> => PERFORMERS[call.op](provider, call, store, mount);
    return fresh(fromStore) as Awaitable<Operations[K]["result"]>;
  }
  if (!provider.caps.write) throw readOnlyStore(provider);
  if (call.op === "writeStream" && provider.writeStream === undefined)
    return collectAndWrite(mount, call as Call<"writeStream">);
  if (inOneStep(provider, call))
    return chain(PERFORMERS[call.op](provider, call, store, mount), (result) => {
      tell(store, call);
      return result;
    });
  return inSeveralSteps(mount, call);
}

/** Tells who listens what a call has changed. */
function tell(store: Store, call: Call): void {
  const { path, to } = call;
  if (call.op !== "writeMany") return store.changed(path, to);
  for (const { name } of (call as Call<"writeMany">).args.entries)
    store.changed(name === "" ? path : joinPath(path, name));
}

/** Whether the provider does all of a call by itself. Else no other mutation may come between core's steps. */
function inOneStep({ caps }: Provider, call: Call): boolean {
  if (call.file !== undefined) return true;
  return (
    caps.open &&
    caps.append &&
    caps.truncate &&
    caps.ifNoneMatch &&
    caps.rename === "tree" &&
    caps.copy !== "none"
  );
}

function inSeveralSteps<K extends OpName>(mount: Mount, call: Call<K>): Awaitable<Operations[K]["result"]> {
  const { store } = mount;
  const done = attempt<Operations[K]["result"]>(
    () => (isUnlocked(store.provider, call) ? between(mount, call) : alone(mount, call)),
    (reason) => {
      // Of these, some steps may have been done.
      if (call.to !== undefined || call.op === "writeMany") tell(store, call);
      throw reason;
    },
  );
  return chain(done, (result) => {
    tell(store, call);
    return result;
  });
}

/** A stream may take hours; where the store compares versions, that is enough. */
function isUnlocked({ caps }: Provider, call: Call): call is Call<"writeStream"> {
  return call.op === "writeStream" && caps.ifMatch;
}

/** Keeps every other mutation away from the paths of a call while it runs. */
function alone<K extends OpName>(mount: Mount, call: Call<K>): Awaitable<Operations[K]["result"]> {
  const { store } = mount;
  const action = (): Awaitable<Operations[K]["result"]> =>
    PERFORMERS[call.op](store.provider, call, store, mount);
  return store.locks.run(pathsOf(call), call.ctx.sync, () =>
    store.emulated.size === 0 ? action() : coherently(store, call, action),
  );
}

/** Writes a stream, and keeps other mutations away only while what open files have is brought into line. */
function between(mount: Mount, call: Call<"writeStream">): Awaitable<Stat> {
  const { store } = mount;
  const { sync } = call.ctx;
  const paths = pathsOf(call);
  const before = (): Awaitable<void> => store.locks.run(paths, sync, () => run(writeBack(store, call)));
  // Once more at its end: what is kept for a version that is replaced could never be written back.
  const source = endingWith(call.args.source, before, call.ctx);
  const ending = call.with({ args: { ...call.args, source } });
  return chain(before(), () =>
    chain(PERFORMERS.writeStream(store.provider, ending, store, mount), (result) =>
      chain(
        store.locks.run(paths, sync, () => run(takeUp(store, call))),
        () => result,
      ),
    ),
  );
}

function pathsOf({ path, to }: Call): VPath[] {
  return to === undefined ? [path] : [path, to];
}

/** `writeStream` for a provider that has none. */
function collectAndWrite(mount: Mount, call: Call<"writeStream">): Awaitable<Stat> {
  const { path, to, args, ctx, file, mountPath } = call;
  const { source, ...options } = args;
  if (args.ifMatch !== undefined) needsIfMatch(mount.store.provider);
  if (args.ttlMs !== undefined) throw lastingFiles(mount.store.provider);
  // A link must be met, and what cannot be written be refused, before the source is read: it cannot be read again.
  const looked = chain(statOrNothing(mount.store.provider, path, ctx, followsLast(call)), (found) =>
    refuseEarly(found, options),
  );
  return chain(looked, () =>
    chain(collect(source, ctx), (data) =>
      perform(mount, new Call("write", path, to, { ...options, data, owned: true }, ctx, file, mountPath)),
    ),
  );
}

function refuseEarly(found: Stat | undefined, { ifMatch, ifNoneMatch }: WriteOptions): void {
  if (found !== undefined && ifNoneMatch !== undefined)
    throw new VfsError("EEXIST", { reason: "precondition" });
  if (found?.type === "directory") throw new VfsError("EISDIR");
  if (ifMatch !== undefined && found?.etag !== ifMatch)
    throw new VfsError("ESTALE", { reason: "precondition", hint: "the file has another etag by now" });
}
