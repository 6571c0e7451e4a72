import type {
  newQuickJSWASMModule,
  newVariant,
  QuickJSContext,
  QuickJSHandle,
  RELEASE_SYNC,
} from "quickjs-emscripten";

/** What is used of quickjs-emscripten, which is loaded from where the host found it. */
export interface QuickJs {
  readonly newQuickJSWASMModule: typeof newQuickJSWASMModule;
  readonly newVariant: typeof newVariant;
  readonly RELEASE_SYNC: typeof RELEASE_SYNC;
}

export type Handle = QuickJSHandle;
export type Context = QuickJSContext;

const PAGE_BYTES = 65_536;
// What the module itself declares.
const INITIAL_PAGES = 256;
const MOST_PAGES = 32_768;

/** A memory that grows no further than it may. QuickJS's own limit does not count what it allocates in WebAssembly. */
export function boundedMemory(limitBytes: number): WebAssembly.Memory {
  const maximum = Math.min(MOST_PAGES, Math.max(INITIAL_PAGES, Math.floor(limitBytes / PAGE_BYTES)));
  return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum });
}

/** malloc and free of the module. */
export interface Heap {
  _malloc(bytes: number): number;
  _free(pointer: number): void;
}

const BALLAST_BYTES = 1 << 20;

/**
 * A piece of memory that is kept free for when there is no more: with none at all, QuickJS cannot even let go of what it
 * has.
 */
export class Ballast {
  readonly #heap: Heap;
  #pointer = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.take();
  }

  take(): void {
    if (this.#pointer === 0) this.#pointer = this.#heap._malloc(BALLAST_BYTES);
  }

  drop(): void {
    if (this.#pointer !== 0) this.#heap._free(this.#pointer);
    this.#pointer = 0;
  }

  /** Whether there is room for so much: what writes into memory that it did not get writes over other things. */
  hasRoom(bytes: number): boolean {
    const pointer = this.#heap._malloc(bytes);
    if (pointer !== 0) this.#heap._free(pointer);
    return pointer !== 0;
  }
}
