/**
 * Whether a relative link text could lead out of the tree: `..` is only sure at its beginning, and not more often than the
 * link lies deep. Behind another name, which may be a link itself, nobody knows where it leads.
 *
 * @param path Where the link lies, from the top of the tree.
 */
export function mayLeave(path: string, target: string): boolean {
  const names = target.split("/").filter((name) => name !== "" && name !== ".");
  const down = names.findIndex((name) => name !== "..");
  const ups = down < 0 ? names.length : down;
  const depth = path.split("/").length - 2;
  return ups > depth || names.slice(ups).includes("..");
}
