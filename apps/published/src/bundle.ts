import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { ROOT } from "./packages.ts";

/** What a bundle of some code weighs. */
export interface Weight {
  /** Minified and packed with gzip, in bytes. */
  readonly bytes: number;
  /** Minified, in bytes. */
  readonly minifiedBytes: number;
  /** What is imported from elsewhere. */
  readonly imports: readonly string[];
  /** How much of each module is in it, before it is minified, in characters. */
  readonly modules: Readonly<Record<string, number>>;
}

const ENTRY = "entry-of-the-bundle";

/** Weighs the bundle that a browser would get of `code`, without the packages in `external`. */
export async function weigh(code: string, external: readonly string[] = []): Promise<Weight> {
  const entry = {
    name: ENTRY,
    resolveId: (id: string) => (id === ENTRY ? id : undefined),
    load: (id: string) => (id === ENTRY ? code : undefined),
  };
  const built = await build({
    root: `${ROOT}/apps/published`,
    configFile: false,
    logLevel: "error",
    plugins: [entry],
    resolve: { conditions: ["@vfs/source", "browser", "module"] },
    build: {
      write: false,
      target: "es2024",
      minify: "oxc",
      // As an application is built: blanks go too, which they do not in a library.
      rolldownOptions: { input: ENTRY, external: [...external], preserveEntrySignatures: "strict" },
    },
  });
  const outputs = [built].flat() as Rolldown.RolldownOutput[];
  const chunks = outputs.flatMap(({ output }) => output.filter((part) => part.type === "chunk"));
  const text = chunks.map((chunk) => chunk.code).join("\n");
  return {
    bytes: gzipSync(text, { level: 9 }).length,
    minifiedBytes: Buffer.byteLength(text),
    imports: chunks.flatMap((chunk) => chunk.imports),
    modules: Object.fromEntries(
      chunks
        .flatMap((chunk) => Object.entries(chunk.modules))
        .map(([id, { renderedLength }]) => [id.replace(ROOT, ""), renderedLength]),
    ),
  };
}
