import type { Vfs } from "@vfs/core";

/** Whether all of a tree is on one mount, and another path too. */
export function isOneMount(vfs: Vfs, top: string, other: string): boolean {
  const mounts = vfs.mounts().map(({ path }) => path);
  const has = (path: string, at: string): boolean => path === "/" || at === path || at.startsWith(`${path}/`);
  const on = (path: string): string =>
    mounts.filter((at) => has(at, path)).reduce((a, b) => (b.length > a.length ? b : a), "");
  return on(top) === on(other) && mounts.every((at) => at === top || !has(top, at));
}
