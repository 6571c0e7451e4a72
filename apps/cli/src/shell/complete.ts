import type { Command } from "commander";
import type { Stores } from "../stores.ts";
import { below } from "../stores.ts";
import { SCHEMES } from "../location.ts";

/** The names of the commands that people may use, in a group of commands too. */
export function commandNames({ commands }: Command): string[] {
  return commands.map((command) => command.name()).filter((name) => !name.startsWith("__"));
}

/** The options of a command, `--long` before `-s`. */
export function optionNames(command: Command): string[] {
  const visible = command.createHelp().visibleOptions(command);
  return visible.flatMap(({ long, short }) => [long, short]).filter((name) => name != null);
}

/** The locations that begin as a word does: names in the directory that it leads to; directories with a slash. */
export async function completeLocation(stores: Stores, word: string): Promise<string[]> {
  const schemes = SCHEMES.map((scheme) => `${scheme}:`).filter(
    (scheme) => word !== "" && scheme.startsWith(word),
  );
  if (schemes.length > 0 && !schemes.includes(word)) return schemes;
  const start = /^(?:.*\/|[a-z][a-z0-9]+:)?/s.exec(word)?.[0] ?? "";
  const begun = word.slice(start.length);
  try {
    const place = await stores.place(start === "" ? "." : start);
    const entries = await stores.vfs.readdir(place.path, { withFileTypes: true });
    return entries
      .filter(({ name }) => name.startsWith(begun) && (begun.startsWith(".") || !name.startsWith(".")))
      .map((entry) => {
        const shown =
          start === "" ? entry.name : below({ ...place, lead: start.replace(/\/$/, "") }, entry.path);
        return `${start.endsWith(":") ? `${start}${entry.name}` : shown}${entry.isDirectory() ? "/" : ""}`;
      })
      .sort();
  } catch {
    // What is not there, or cannot be read, has nothing to offer.
    return [];
  }
}
