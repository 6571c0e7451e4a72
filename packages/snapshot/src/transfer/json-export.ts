import type { Bytes } from "@vfs/core";
import type { Snapshot } from "../catalog.ts";
import { joined } from "../content/packing.ts";
import { walk, type Placed, type Tree } from "../tree-entry.ts";
import { toBase64 } from "./base64.ts";

const encoder = new TextEncoder();

/** A tree as JSON, entry by entry: content as text where it is UTF-8, else as base64. */
export async function* jsonOf(tree: Tree, { name, description, createdMs }: Snapshot): AsyncIterable<Bytes> {
  const metadata = { name, description, createdMs };
  yield encoder.encode(
    `{"format":"vfs-snapshot","version":1,"metadata":${JSON.stringify(metadata)},"entries":[\n`,
  );
  yield encoder.encode(await lineOf(tree, { path: "/", entry: tree.root }));
  for await (const placed of walk(tree)) yield encoder.encode(`,\n${await lineOf(tree, placed)}`);
  yield encoder.encode("\n]}\n");
}

async function lineOf(tree: Tree, { path, entry }: Placed): Promise<string> {
  const { name: _name, content: _content, lists: _lists, tree: _tree, ...rest } = entry;
  if (entry.type !== "file") return JSON.stringify({ path, ...rest });
  const parts: Uint8Array[] = [];
  for await (const part of tree.read(entry)) parts.push(part);
  const bytes = joined(parts, entry.size ?? 0);
  return JSON.stringify({ path, ...rest, ...contentOf(bytes) });
}

function contentOf(bytes: Bytes): { text: string } | { base64: string } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: toBase64(bytes) };
  }
}
