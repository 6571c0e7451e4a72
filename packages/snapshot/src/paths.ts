/** An absolute path without `.`, `..` and empty names; a relative one begins at `base`. */
export function pathBelow(path: string, base: string): string {
  const names: string[] = [];
  for (const name of (path.startsWith("/") ? path : `${base}/${path}`).split("/"))
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  return `/${names.join("/")}`;
}
