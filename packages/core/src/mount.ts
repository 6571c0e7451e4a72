import { chain, isPromiseLike, type Awaitable } from "./awaitable.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Call, Next } from "./call.ts";
import { checkProvider } from "./check-provider.ts";
import { decideBelow, left, stack, type Layer } from "./layer.ts";
import type { OpenFile } from "./open-file.ts";
import { ROOT, type VPath } from "./path.ts";
import { perform } from "./perform.ts";
import type { Operations, OpName } from "./operations.ts";
import type { ByteSource, Provider } from "./provider.ts";
import { Traffic } from "./traffic.ts";
import { storeOf, type Store } from "./store.ts";

/** How a provider is mounted. */
export interface MountOptions {
  /** Every mutating operation below the mount fails with `EROFS`. */
  readonly readOnly?: boolean | undefined;
  /** Layers for this mount alone, outside in; they see paths relative to the mount. */
  readonly layers?: readonly Layer[] | undefined;
  /** Leave the provider open when it is unmounted or the Vfs is closed: it belongs to somebody else. */
  readonly keepOpen?: boolean | undefined;
}

/** A provider at its place, behind its layers. */
export class Mount {
  readonly path: VPath;
  readonly store: Store;
  readonly layers: readonly Layer[];
  /** What the stack can do: the provider's abilities as its layers leave them. */
  readonly caps: Capabilities;
  readonly readOnly: boolean;
  readonly keepOpen: boolean;
  /** What is under way here. */
  readonly traffic: Traffic = new Traffic();
  readonly #inner: Next;

  constructor(path: VPath, provider: Provider, options: MountOptions = {}) {
    checkProvider(provider);
    const { readOnly = false, layers = [], keepOpen = false } = options;
    this.path = path;
    this.store = storeOf(provider);
    this.layers = layers;
    this.caps = left(layers, provider.caps);
    this.readOnly = readOnly || !this.caps.write;
    this.keepOpen = keepOpen;
    const { store } = this;
    const own = [{ path: ROOT, caps: provider.caps, store }];
    this.#inner = stack(
      layers,
      (call) => perform(this, call),
      "mount",
      () => own,
      (listener) => store.onChange(listener),
    );
  }

  /** Sends a call, with paths relative to the mount, through the layers to the provider. */
  send<K extends OpName>(call: Call<K>): Awaitable<Operations[K]["result"]> {
    const result = this.#inner(call);
    if (call.op !== "readStream") return isPromiseLike(result) ? this.traffic.call(result) : result;
    const stream = chain(
      result,
      (source) => this.traffic.stream(source as ByteSource, call.ctx) as typeof source,
    );
    return isPromiseLike(stream) ? this.traffic.call(stream) : stream;
  }

  /** The files that are open through this mount. */
  openFiles(): OpenFile[] {
    return [...this.store.files].filter((file) => file.mount === this);
  }

  /** Whether some layer decides differently about things below `path`, which is relative to the mount. */
  decidesBelow(path: VPath): boolean {
    return decideBelow(this.layers, path);
  }
}
