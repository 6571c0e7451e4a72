import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Plugin } from "vite";

/** What is bundled for a page. */
export interface BundleOptions {
  /** The folder of the package that it is for. */
  readonly root: string;
  /** Scripts, by the names that they have for the page: `page` is `/page.js`. */
  readonly input: Readonly<Record<string, string>>;
  /** Where to; a new folder unless told. */
  readonly outDir?: string;
  readonly alias?: Readonly<Record<string, string>>;
  readonly minify?: boolean;
  readonly plugins?: readonly Plugin[];
}

/** Bundles scripts from the sources of this workspace, as a user's bundler does; answers the folder. */
export async function bundle({
  root,
  input,
  outDir = mkdtempSync(join(tmpdir(), "vfs-page-")),
  alias = {},
  minify = false,
  plugins = [],
}: BundleOptions): Promise<string> {
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    plugins: [...plugins],
    resolve: { alias: { ...alias }, conditions: ["@vfs/source", "browser", "module", "import", "default"] },
    worker: { format: "es" },
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2024",
      minify,
      rolldownOptions: {
        input: { ...input },
        output: { entryFileNames: "[name].js", chunkFileNames: `${Object.keys(input)[0]}-[name].js` },
      },
    },
  });
  return outDir;
}
