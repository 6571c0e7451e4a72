import { readdirSync, realpathSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";

/**
 * The wheels of this machine that are meant: files, and those in folders.
 *
 * @throws TypeError for what is no pure wheel, or a folder without any.
 */
export function findWheels(wheels: string | readonly string[]): readonly string[] {
  return (typeof wheels === "string" ? [wheels] : wheels).flatMap((path) => {
    const place = resolve(path);
    const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory();
    if (isFolder === undefined)
      throw new TypeError(`there is no wheel, nor a folder of wheels, at "${path}"`);
    const found = isFolder ? wheelsIn(place) : [place];
    if (found.length === 0) throw new TypeError(`there are no wheels in "${path}"`);
    return found.map(checked);
  });
}

function wheelsIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".whl"));
  return names.toSorted().map((name) => join(folder, name));
}

function checked(path: string): string {
  if (path.endsWith("-none-any.whl")) return realpathSync(path);
  throw new TypeError(
    `${basename(path)} is no pure wheel: compiled code cannot be loaded, only wheels that end with "-none-any.whl"`,
  );
}
