import { host } from "./host.ts";

interface Timer {
  readonly id: number;
  readonly callback: (...args: unknown[]) => void;
  readonly args: readonly unknown[];
  readonly everyMs: number | undefined;
  dueMs: number;
}

const timers = new Map<number, Timer>();
let lastId = 0;

/** What `setTimeout` gives back: a number for whoever wants one, with the methods that Node's have. */
class Handle {
  readonly #id: number;
  constructor(id: number) {
    this.#id = id;
  }
  [Symbol.toPrimitive](): number {
    return this.#id;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

function add(callback: unknown, ms: unknown, args: readonly unknown[], repeats: boolean): Handle {
  if (typeof callback !== "function")
    throw new TypeError('The "callback" argument must be of type function. Received ' + typeof callback);
  const wait = Math.max(1, Number(ms) || 0);
  const id = ++lastId;
  const dueMs = host.now() + wait;
  const everyMs = repeats ? wait : undefined;
  timers.set(id, { id, callback: callback as Timer["callback"], args, everyMs, dueMs });
  return new Handle(id);
}

export function setTimeout(callback: unknown, ms?: unknown, ...args: unknown[]): Handle {
  return add(callback, ms, args, false);
}

export function setInterval(callback: unknown, ms?: unknown, ...args: unknown[]): Handle {
  return add(callback, ms, args, true);
}

export function setImmediate(callback: unknown, ...args: unknown[]): Handle {
  return add(callback, 0, args, false);
}

export function clearTimeout(handle: unknown): void {
  timers.delete(Number(handle));
}

export function queueMicrotask(callback: () => void): void {
  const done = Promise.resolve();
  void afterwards(done, callback);
}

async function afterwards(done: Promise<void>, callback: () => void): Promise<void> {
  await done;
  callback();
}

/** How long it is until something is due, in milliseconds; undefined when nothing ever is. */
export function waitMs(): number | undefined {
  const next = first();
  return next === undefined ? undefined : Math.max(0, next.dueMs - host.now());
}

/** Calls what is due, if anything is. */
export function fire(): void {
  const next = first();
  if (next === undefined || next.dueMs > host.now()) return;
  if (next.everyMs === undefined) timers.delete(next.id);
  else next.dueMs = host.now() + next.everyMs;
  next.callback(...next.args);
}

/** Forgets everything: the code that wanted it has ended. */
export function clearAll(): void {
  timers.clear();
}

function first(): Timer | undefined {
  let next: Timer | undefined;
  for (const timer of timers.values()) if (next === undefined || timer.dueMs < next.dueMs) next = timer;
  return next;
}
