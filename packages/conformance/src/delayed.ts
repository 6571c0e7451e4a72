import {
  capabilities,
  type Awaitable,
  type Bytes,
  type ByteSource,
  type Capabilities,
  type Provider,
  type ProviderFile,
  type ProviderSnapshots,
} from "@vfs/core";
import { randomizer } from "./samples.ts";

type Method = (...args: unknown[]) => Awaitable<unknown>;
type Change = (method: Method, self: object, key: PropertyKey) => Method;

const WRITING: ReadonlySet<PropertyKey> = new Set(["write", "append"]);

/**
 * The same store, answering late: each call takes some random turns of the event loop before and after it is done.
 * What core makes out of several calls must hold although others come between.
 *
 * @param seed The same delays for the same seed.
 */
export function delayed(provider: Provider, seed = 1): Provider {
  const wait = waiter(seed);
  const late: Change = (method, self, key) => {
    return async (...given) => {
      // As every store that waits has to: the caller may change its bytes as soon as the call has returned.
      const args = WRITING.has(key) ? given.map(copied) : given;
      await wait();
      const value = await method.apply(self, args);
      await wait();
      if (isFile(value) || isKeeper(value)) return wrap(value, {}, late);
      if (isStore(value)) return delayed(value, seed);
      return isSource(value) ? lateChunks(value, wait) : value;
    };
  };
  const caps: Capabilities = capabilities({ ...provider.caps, sync: false });
  return wrap(provider, { name: provider.name, caps }, late);
}

function copied(arg: unknown): unknown {
  return arg instanceof Uint8Array ? new Uint8Array(arg) : arg;
}

/** An object with the same methods, each passed through `change`. */
function wrap<T extends object>(inner: T, fixed: object, change: Change): T {
  const changed = new Map<PropertyKey, Method>();
  return new Proxy(inner, {
    get(target, key) {
      if (Object.hasOwn(fixed, key)) return (fixed as Record<PropertyKey, unknown>)[key];
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      const known = changed.get(key) ?? change(value as Method, target, key);
      changed.set(key, known);
      return known;
    },
  });
}

function isFile(value: unknown): value is ProviderFile {
  return (
    typeof value === "object" &&
    value !== null &&
    "truncate" in value &&
    "close" in value &&
    !("caps" in value)
  );
}

/** What a store gives for its snapshots. */
function isKeeper(value: unknown): value is ProviderSnapshots {
  return typeof value === "object" && value !== null && "retainedBytes" in value;
}

function isStore(value: unknown): value is Provider {
  return typeof value === "object" && value !== null && "caps" in value;
}

function isSource(value: unknown): value is ByteSource {
  return (
    typeof value === "object" &&
    value !== null &&
    !ArrayBuffer.isView(value) &&
    !Array.isArray(value) &&
    (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}

async function* lateChunks(source: ByteSource, wait: () => Promise<void>): AsyncGenerator<Bytes> {
  for await (const chunk of source) {
    await wait();
    yield chunk;
  }
}

function waiter(seed: number): () => Promise<void> {
  const random = randomizer(seed);
  return async () => {
    const turns = random(4);
    for (let i = 0; i < turns; i++) await Promise.resolve();
    if (random(8) === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  };
}
