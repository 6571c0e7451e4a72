import type { TreeNode } from "@vfs/core";
import type { Job, Program } from "../command.ts";
import { wholeNumber } from "../numbers.ts";
import { below, type Place } from "../stores.ts";

interface TreeOptions {
  readonly level?: number;
}

const EXAMPLES = `Examples:
  vfs tree -L 2 file:./src
  vfs tree sqlite:./backup.db`;

export function addTree(program: Program): void {
  program
    .add<[string | undefined, TreeOptions]>("tree [location]", "draw what lies below a directory", tree)
    .option("-L, --level <levels>", "how far down", wholeNumber)
    .addHelpText("after", EXAMPLES);
}

async function tree(
  { stores, output, signal, onError }: Job,
  text: string | undefined,
  { level }: TreeOptions,
): Promise<void> {
  const place = await stores.place(text ?? stores.here);
  const top = await stores.vfs.tree(place.path, { maxDepth: level, signal, onError });
  await output.result(
    toJson(top, place),
    [place.text, ...branches(top, "")].map((line) => output.name(line)).join("\n"),
  );
}

function branches({ children = [] }: TreeNode, indent: string): string[] {
  return children.flatMap((child, i) => {
    const isLast = i === children.length - 1;
    const name = child.type === "directory" ? `${child.name}/` : child.name;
    return [
      `${indent}${isLast ? "└── " : "├── "}${name}`,
      ...branches(child, indent + (isLast ? "    " : "│   ")),
    ];
  });
}

function toJson({ name, path, type, size, children }: TreeNode, place: Place): object {
  return {
    name,
    path: below(place, path),
    type,
    size,
    children: children?.map((child) => toJson(child, place)),
  };
}
