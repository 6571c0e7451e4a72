import { isPromiseLike, type Awaitable } from "./awaitable.ts";
import { Call } from "./call.ts";
import { withoutSignal, type Context } from "./context.ts";
import type { Door } from "./door.ts";
import { mustNotWait } from "./emulate/chunks.ts";
import type { Operations, OpName } from "./operations.ts";
import { addPrefix, isPlain, normalizePath, shownFrom, type VPath } from "./path.ts";

/** What the two faces of one view share. */
export class Place {
  /** Where relative paths start, as the view sees it. */
  cwd: VPath;
  /** Absolute paths that were asked about lately, from the root of everything: looked up faster than looked through. */
  known: Map<string, VPath> = new Map();

  constructor(cwd: VPath) {
    this.cwd = cwd;
  }
}

// Enough for the working set of most programs, and no burden on memory.
const KNOWN_PATHS = 16_384;
const KNOWN_LENGTH = 1024;
const SHORT_LENGTH = 40;

/** Through which door, from where and for whom the verbs of one face work. */
export class Scope {
  readonly door: Door;
  readonly ctx: Context;
  readonly place: Place;

  constructor(door: Door, ctx: Context, place: Place) {
    this.door = door;
    this.ctx = ctx;
    this.place = place;
  }

  /** A path that the caller gave, from the root of everything. */
  path(path: string): VPath {
    // Of a short one that is seen faster than looked up.
    if (isPlain(path, SHORT_LENGTH)) return addPrefix(path, this.ctx.root);
    return this.place.known.get(path) ?? this.#learn(path);
  }

  #learn(path: string): VPath {
    const { place, ctx } = this;
    const whole = addPrefix(normalizePath(path, place.cwd), ctx.root);
    if (path.startsWith("/") && path.length <= KNOWN_LENGTH) {
      if (place.known.size >= KNOWN_PATHS) place.known = new Map();
      place.known.set(path, whole);
    }
    return whole;
  }

  /** The reverse: how the caller knows a path. */
  shown(path: VPath): string {
    return shownFrom(this.ctx.root, path);
  }

  /** Does one operation. */
  send<K extends OpName>(
    op: K,
    path: VPath,
    args: Operations[K]["args"],
    to?: VPath,
  ): Awaitable<Operations[K]["result"]> {
    return this.door.send(new Call(op, path, to, args, this.ctx));
  }

  /** The same scope, ended by `signal` too. */
  until(signal: AbortSignal | undefined): Scope {
    return signal === undefined ? this : this.#withContext({ ...this.ctx, signal });
  }

  /** The same scope for what must be done even if the caller has given up. */
  toTheEnd(): Scope {
    return this.ctx.signal === undefined ? this : this.#withContext(withoutSignal(this.ctx));
  }

  /** The same scope for a caller that can wait, or cannot. */
  facing(sync: boolean): Scope {
    return this.ctx.sync === sync ? this : this.#withContext({ ...this.ctx, sync });
  }

  /** The same scope for paths that have no links on them: one that is met was put there since, and is not followed. */
  onRealPaths(): Scope {
    return this.ctx.resolved ? this : this.#withContext({ ...this.ctx, resolved: true });
  }

  #withContext(ctx: Context): Scope {
    return new Scope(this.door, ctx, this.place);
  }
}

/** What a synchronous face gives back: the value, or an error when it is not there yet. */
export function now<T>(value: Awaitable<T>): T {
  if (!isPromiseLike(value)) return value;
  // The call goes on; what becomes of it is nobody's concern any more.
  value.then(undefined, () => undefined);
  return mustNotWait();
}
