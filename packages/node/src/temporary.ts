import { resolve } from "node:path/posix";
import type { Awaitable } from "@vfs/core";
import { DIRECTORIES } from "./calls/directories.ts";
import type { Call, Side } from "./side.ts";

/** A new directory that removes itself. */
export interface Disposed {
  readonly path: string;
  readonly remove: () => Awaitable<void>;
}

const mkdtemp = DIRECTORIES["mkdtemp"] as Call;
const rm = DIRECTORIES["rm"] as Call;
const ALL = { recursive: true, force: true };

/** `fs.mkdtempDisposableSync`. */
export function disposableSync(side: Side, prefix: unknown, options: unknown): Disposed & Disposable {
  const path = mkdtemp(side, prefix, options, undefined, undefined) as string;
  const whole = resolve(side.verbs.cwd(), path);
  const remove = (): void => void rm(side, whole, ALL, undefined, undefined);
  return { path, remove, [Symbol.dispose]: remove };
}

/** `fs.promises.mkdtempDisposable`. */
export async function disposable(
  side: Side,
  prefix: unknown,
  options: unknown,
): Promise<Disposed & AsyncDisposable> {
  const path = (await mkdtemp(side, prefix, options, undefined, undefined)) as string;
  const whole = resolve(side.verbs.cwd(), path);
  const remove = async (): Promise<void> => {
    await rm(side, whole, ALL, undefined, undefined);
  };
  return { path, remove, [Symbol.asyncDispose]: remove };
}
