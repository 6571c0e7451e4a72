import type { Capabilities } from "@vfs/core";

const yes = (value: boolean): string => (value ? "yes" : "-");

/** What is told of a store, and how its `caps` say so. */
const COLUMNS: Readonly<Record<string, (caps: Capabilities) => string>> = {
  "`vfs.sync`": ({ sync }) => yes(sync),
  "links, hard links": ({ symlinks, links }) => `${yes(symlinks)}, ${yes(links)}`,
  "modes, owners": ({ modes, owners }) => (modes === owners ? yes(modes) : "modes"),
  "checks rights": ({ permissions }) => yes(permissions),
  "own attributes": ({ meta }) => yes(meta),
  "rename of a tree": ({ rename }) => yes(rename === "tree"),
  "`ifMatch`, `wx`": ({ ifMatch, ifNoneMatch }) => `${yes(ifMatch)}, ${yes(ifNoneMatch)}`,
  "files outlive names": ({ open }) => yes(open),
  "searches itself": ({ find, scan }) => (scan ? "names, content" : find ? "names" : "-"),
  watch: ({ watch }) => (watch === "none" ? "by looking" : "told"),
  "keeps snapshots": ({ snapshots }) => yes(snapshots),
};

/** The table of stores, in Markdown, without padding. */
export function storesTable(stores: Readonly<Record<string, Capabilities>>): string {
  const row = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  return [
    row(["store", ...Object.keys(COLUMNS)]),
    row(["-", ...Object.keys(COLUMNS).map(() => "-")]),
    ...Object.entries(stores).map(([name, caps]) =>
      row([`\`${name}\``, ...Object.values(COLUMNS).map((tell) => tell(caps))]),
    ),
  ].join("\n");
}
