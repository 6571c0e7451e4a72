import { chain, type AnyCall, type Awaitable, type Layer } from "@vfs/core";
import { Books } from "./books.ts";
import { Doorkeeper } from "./doorkeeper.ts";
import { FREE } from "./free.ts";
import { checkLimits, type QuotaLimits, type QuotaViolation } from "./limits.ts";

/** How full what a quota is over is. */
export interface QuotaUsage {
  /** Bytes of content, and of files that have no name any more and are open. */
  readonly bytes: number;
  /** Files, directories and symbolic links, without the root. */
  readonly files: number;
  /** What calls that are under way may come to beside that. */
  readonly reservedBytes: number;
  readonly reservedFiles: number;
  /**
   * Whether `bytes` and `files` are known. A store that does not tell is measured when something is written first, or
   * by `resync()`.
   */
  readonly measured: boolean;
  readonly limits: QuotaLimits;
}

export interface QuotaOptions {
  /** Called with each call that is refused, before its caller hears so. */
  readonly onRefused?: ((violation: QuotaViolation) => void) | undefined;
}

/** A layer that keeps what is below it within limits. It stands in one stack at a time. */
export interface QuotaLayer extends Layer {
  readonly slot: "quota";
  attach: NonNullable<Layer["attach"]>;
  /**
   * How full it is; costs no look at the files. What is told by a store that must be waited for is from when it was asked
   * last, before the last change: `resync()` asks anew.
   */
  usage(): QuotaUsage;
  /**
   * Takes up what others have done to the stores other than through this layer. Where the stores tell how full they
   * are, that is done before each call anyway and this costs nothing; any other store is measured anew.
   */
  resync(): Awaitable<QuotaUsage>;
}

/**
 * Limits how much may be stored: in the root's stack in all mounts together, in a mount's stack in that mount. A call
 * that would go past a limit is refused with `EDQUOT` (reason "quota") before it has changed anything.
 *
 * @example
 * const vfs = createVfs(memory(), { layers: [quota({ maxTotalBytes: 100 << 20, maxFiles: 1000 })] });
 *
 * @throws TypeError and RangeError for limits that cannot be.
 */
export function quota(given: QuotaLimits, { onRefused }: QuotaOptions = {}): QuotaLayer {
  const limits = checkLimits(given);
  const shown = Object.freeze({ ...given });
  let books: Books | undefined;
  let keeper: Doorkeeper | undefined;

  function usage(): QuotaUsage {
    const known = books?.places.known;
    return {
      bytes: known?.bytes ?? 0,
      files: known?.files ?? 0,
      reservedBytes: books?.budget.bytes ?? 0,
      reservedFiles: books?.budget.files ?? 0,
      measured: known !== undefined,
      limits: shown,
    };
  }

  return {
    name: "quota",
    slot: "quota",
    attach: (site) => {
      books = new Books(limits, site, onRefused);
      keeper = new Doorkeeper(books);
    },
    handle: (call: AnyCall, next) => {
      const { op } = call;
      // The two that come most often need no table.
      if (op === "stat" || op === "read" || FREE[op]) return next(call as never);
      if (keeper === undefined || next !== books?.next)
        throw new TypeError(
          "a quota stands in one stack at a time, and a layer around it must hand on attach(): make one with quota() for each",
        );
      return keeper.handle(call);
    },
    usage,
    resync: () => {
      if (books === undefined)
        throw new TypeError(
          "resync() is for a quota that stands in a stack: give it to createVfs() or mount()",
        );
      return chain(books.resync(), usage);
    },
  };
}
