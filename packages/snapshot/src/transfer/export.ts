import type { Snapshot } from "../catalog.ts";
import type { Tree } from "../tree-entry.ts";
import { jsonOf } from "./json-export.ts";
import { streamOf } from "./streams.ts";
import { tarOf } from "./tar-export.ts";

export type ExportFormat = "json" | "tar" | "tar.gz";

/** Writes a tree as an archive, and closes the sink; when something fails the sink is aborted. */
export async function exportTree(
  tree: Tree,
  about: Snapshot,
  sink: WritableStream<Uint8Array>,
  format: ExportFormat,
  signal: AbortSignal | undefined,
): Promise<void> {
  await archiveOf(tree, about, format).pipeTo(sink, signal === undefined ? {} : { signal });
}

function archiveOf(tree: Tree, about: Snapshot, format: ExportFormat): ReadableStream<Uint8Array> {
  switch (format) {
    case "json":
      return streamOf(jsonOf(tree, about));
    case "tar":
      return tarOf(tree, about);
    case "tar.gz":
      return tarOf(tree, about).pipeThrough(new CompressionStream("gzip"));
    default:
      throw new TypeError(`format must be "json", "tar" or "tar.gz", got "${String(format)}"`);
  }
}
