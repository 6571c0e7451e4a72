import { createVfs, type Provider, type Vfs } from "@vfs/core";
import { overlay } from "@vfs/layers";

/** A kept tree as a store that can be read, and where in it the tree is. */
export interface Base {
  readonly provider: Provider;
  /** The top of the tree in the store. */
  readonly path: string;
  /** Where the snapshots themselves are, below the top, if the store has them. */
  readonly leaveOut: string | undefined;
}

/**
 * A Vfs over a kept tree, which nothing done there changes.
 *
 * @param release Called once, when it is closed; not where it fails.
 */
export async function forkOf(
  { provider, path, leaveOut }: Base,
  upper: Provider,
  release: () => Promise<void>,
): Promise<Vfs> {
  const whole = createVfs(overlay(provider, upper));
  const fork = path === "/" ? whole : whole.view({ root: path });
  try {
    if (leaveOut !== undefined) await fork.rm(leaveOut, { recursive: true, force: true });
  } catch (reason) {
    await whole.close().catch(() => {});
    throw reason;
  }
  const end = async (): Promise<void> => {
    try {
      await whole.close();
    } finally {
      await release();
    }
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= end());
  return { ...fork, close, [Symbol.asyncDispose]: close };
}
