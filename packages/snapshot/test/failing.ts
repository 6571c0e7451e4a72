import { VfsError, type Provider, type ProviderSnapshots } from "@vfs/core";

const CHANGING: ReadonlySet<string> = new Set([
  "write",
  "mkdir",
  "remove",
  "append",
  "truncate",
  "rename",
  "copy",
  "setStat",
  "symlink",
  "link",
  "writeStream",
  "open",
  "take",
  "drop",
]);

/** A store whose program dies: from the change `at` on everything fails, that one before or after it was done. */
export class Dying {
  readonly provider: Provider;
  at = Infinity;
  after = false;
  #count = 0;

  constructor(inner: Provider) {
    this.provider = this.#dying(inner);
  }

  #dying<T extends object>(inner: T): T {
    return new Proxy(inner, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (this.#count >= this.at) throw new VfsError("EIO", { hint: "dead" });
          if (name === "snapshots")
            return this.#dying(Reflect.apply(value, target, args) as ProviderSnapshots);
          // Of snapshots, this only looks.
          const looks = name === "open" && "take" in target;
          if (looks || !CHANGING.has(String(name))) return Reflect.apply(value, target, args) as unknown;
          this.#count++;
          if (this.#count < this.at) return Reflect.apply(value, target, args) as unknown;
          if (this.after) Reflect.apply(value, target, args);
          throw new VfsError("EIO", { hint: "dead" });
        };
      },
    });
  }

  /** How many changes were made. */
  get count(): number {
    return this.#count;
  }

  /** Begins to count anew. */
  arm(at: number, after: boolean): void {
    this.#count = 0;
    this.at = at;
    this.after = after;
  }
}
