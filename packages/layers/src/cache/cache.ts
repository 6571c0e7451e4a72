import {
  attempt,
  capabilities,
  chain,
  isRoot,
  mutates,
  ROOT,
  type AnyCall,
  type Awaitable,
  type Call,
  type Capabilities,
  type Layer,
  type LayerSite,
  type Next,
  type StoreChange,
  type VPath,
} from "@vfs/core";
import { systemClock, type Clock } from "../clock.ts";
import { isKnown } from "../known.ts";
import { Flights } from "./flights.ts";
import { MemoryOfStore } from "./memory-of-store.ts";
import { Reader } from "./reader.ts";

export interface CacheOptions {
  /** How much memory it takes at the most, about; 64 MiB unless told. */
  readonly maxBytes?: number | undefined;
  /** Content of larger files is not kept; an eighth of `maxBytes` unless told. */
  readonly maxFileBytes?: number | undefined;
  /** How long something is believed that others, outside this program, may have changed; 1,000 unless told. */
  readonly ttlMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Remembers what a store said: stats, listings, and the content of files that were read whole. It forgets what is changed
 * through core at once, by whichever mount, handle or Vfs; what others change is seen after `ttlMs`. Content whose etag
 * is still the same then is not read again. Many who ask the same at the same time are one question. What is given out
 * is a copy. Files with more than one name, and what somebody with rights of their own asks a store that checks them,
 * are asked for each time.
 *
 * @returns A layer for one mount.
 * @throws RangeError for options that are out of range; TypeError when it is put into a second stack.
 *
 * @example
 * await vfs.mount("/bucket", store, { layers: [cache({ ttlMs: 5_000 }), retry()] });
 */
export function cache(options: CacheOptions = {}): Layer {
  const { maxBytes = 64 << 20, ttlMs = 1000, clock = systemClock } = options;
  const { maxFileBytes = maxBytes / 8 } = options;
  for (const [name, value] of Object.entries({ maxBytes, maxFileBytes, ttlMs }))
    if (!(value >= 0)) throw new RangeError(`${name} must be at least 0, got ${value}`);
  return new Cache({ maxBytes, maxFileBytes, ttlMs, clock });
}

class Cache implements Layer {
  readonly name = "cache";
  readonly slot = "cache";
  readonly passesMany = true;
  readonly #memory: MemoryOfStore;
  readonly #flights = new Flights();
  readonly #reader: Reader;
  #attached = false;
  #stop: (() => void) | undefined;

  constructor(options: Required<{ [K in keyof CacheOptions]: NonNullable<CacheOptions[K]> }>) {
    this.#memory = new MemoryOfStore(options.maxBytes);
    this.#reader = new Reader(this.#memory, this.#flights, options);
  }

  caps(inner: Capabilities): Capabilities {
    this.#reader.caps = inner;
    return capabilities(inner);
  }

  attach({ onChange }: LayerSite): void {
    if (this.#attached) throw new TypeError("one cache serves one mount: make another with cache()");
    this.#attached = true;
    this.#stop = onChange?.((changes) => {
      for (const change of changes) this.#changed(change);
    });
  }

  close(): void {
    this.#stop?.();
    this.#attached = false;
    this.#forgetAll();
  }

  handle(call: AnyCall, next: Next): Awaitable<unknown> {
    if (!isKnown(call))
      return after(
        () => (next as Send)(call),
        () => this.#forgetAll(),
      );
    switch (call.op) {
      case "stat":
      case "list":
      case "read":
      case "readStream":
        // Whether they may is for the store to say, each time.
        if (!isRoot(call.ctx.identity)) break;
        return this.#reader.answer(call, next);
      case "file.read":
        return after(
          () => next(call),
          () => this.#reader.accessed(call.path),
        );
      case "file.sync":
      case "file.close":
        // What was written may be in the store only now.
        if (call.file?.granted.write !== true) break;
        return after(
          () => next(call),
          () => this.#forget(call.path),
        );
      default:
        if (!mutates(call)) break;
        // Also when it fails: it may have been done all the same.
        return after(
          () => (next as Send)(call),
          () => {
            this.#forget(call.path);
            if (call.to !== undefined) this.#forget(call.to);
          },
        );
    }
    return (next as Send)(call);
  }

  #changed({ path, oldPath }: StoreChange): void {
    this.#forget(path);
    if (oldPath !== undefined) this.#forget(oldPath);
  }

  #forget(path: VPath): void {
    this.#flights.changed(path);
    this.#memory.forget(path);
  }

  #forgetAll(): void {
    this.#flights.changed(ROOT);
    this.#memory.clear();
  }
}

type Send = (call: Call) => Awaitable<unknown>;

/** Does something, and something more when that has come to whatever end. */
function after(action: () => Awaitable<unknown>, then: () => void): Awaitable<unknown> {
  return chain(
    attempt(action, (thrown) => {
      then();
      throw thrown;
    }),
    (value) => {
      then();
      return value;
    },
  );
}
