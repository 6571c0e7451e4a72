import {
  capabilities,
  isPromiseLike,
  run,
  VfsError,
  type AnyCall,
  type Awaitable,
  type Capabilities,
  type Layer,
  type LayerSite,
  type Next,
  type VPath,
} from "@vfs/core";
import { systemClock, type Clock } from "../clock.ts";
import { withOwnData } from "../own-data.ts";
import { Underway } from "../underway.ts";
import { Expiring, type Held } from "./expiring.ts";
import { Attributes, type Ledger, type Send } from "./ledger.ts";
import { sweep, type SweepOptions } from "./sweep.ts";
import { Table } from "./table.ts";

export interface ExpiryOptions {
  /**
   * The file in which a store without attributes keeps when its files end, `/.vfs-expiry.json` unless told. Nobody sees
   * it through the layer.
   */
  readonly table?: string | undefined;
  readonly clock?: Clock | undefined;
}

/** The layer, and what takes files away that nobody asks for any more. */
export interface ExpiryLayer extends Layer {
  /**
   * Removes every file whose time is over. Call it as often as you like, or let a timer of yours do so.
   *
   * @returns How many were removed.
   */
  sweep(options?: SweepOptions): Promise<number>;
}

/**
 * Lets files end: `writeFile(path, data, { ttlMs: 60_000 })`. From then on it is as if the file was not there, for every
 * operation and every listing; the first that comes by its name removes it, and `sweep()` removes all. Handles that are
 * still open fail with `ESTALE`. A write without `ttlMs` makes a file that lasts; what changes a file in part, moves or
 * copies it leaves its end as it is.
 *
 * The end is kept with the file, as an attribute, so that it survives a restart; where the store keeps none, in a file
 * of the store. Each call then costs a `stat` more in the first case, and a change of an end one more write in the other.
 *
 * @throws TypeError for a table that is not a name in the root; when it is put into a second stack.
 *
 * @example
 * const expiring = expiry();
 * const vfs = createVfs(store, { layers: [expiring] });
 * setInterval(() => void expiring.sweep(), 60_000);
 */
export function expiry(options: ExpiryOptions = {}): ExpiryLayer {
  const { table = "/.vfs-expiry.json", clock = systemClock } = options;
  if (!/^\/[^/\0]+$/.test(table)) throw new TypeError(`table must be a name in the root, got "${table}"`);
  return new Expiry(table as VPath, clock);
}

class Expiry implements ExpiryLayer {
  readonly name = "expiry";
  readonly slot = "policy";
  readonly #table: VPath;
  readonly #clock: Clock;
  readonly #underway = new Underway();
  #ledger: Ledger | undefined;
  #expiring: Expiring | undefined;
  #next: Next | undefined;

  constructor(table: VPath, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  caps(inner: Capabilities): Capabilities {
    this.#ledger ??= inner.meta ? new Attributes(inner) : new Table(this.#table);
    this.#expiring ??= new Expiring(this.#ledger, inner, this.#clock);
    const seesAll = !this.#ledger.inStat || inner.listStat;
    return capabilities({
      ...inner,
      // Nothing tells of a file in a scan whether it is over.
      scan: inner.scan && !this.#ledger.inStat,
      writeMany: false,
      listRecursive: inner.listRecursive && seesAll,
    });
  }

  attach({ next }: LayerSite): void {
    if (this.#next !== undefined)
      throw new TypeError("one expiry serves one stack: make another with expiry()");
    this.#next = next;
  }

  close(): void {
    this.#next = undefined;
    this.#ledger = undefined;
    this.#expiring = undefined;
  }

  handle(call: AnyCall, next: Next): Awaitable<unknown> {
    if (call.op === "unmount") return this.#underway.unmount(call, next);
    const expiring = this.#needed();
    const held: Held = { call };
    const result = run(expiring.answer(held, next as Send));
    // The flow goes on with what is in `held` when it has waited.
    if (isPromiseLike(result)) held.call = withOwnData(held.call, true);
    return this.#underway.note(call, result);
  }

  async sweep(options: SweepOptions = {}): Promise<number> {
    const next = this.#next;
    if (next === undefined || this.#ledger === undefined) return 0;
    return sweep(this.#needed(), this.#ledger, next, options);
  }

  #needed(): Expiring {
    if (this.#expiring === undefined) throw new VfsError("ENXIO", { hint: "the layer is closed" });
    return this.#expiring;
  }
}
