import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

/** Bundles the scripts of the test page, from source; answers the folder. */
export async function bundlePage(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), "vfs-browser-page-"));
  const entry = (name: string): string => fileURLToPath(new URL(`../page/${name}.ts`, import.meta.url));
  await build({
    configFile: false,
    logLevel: "warn",
    resolve: { conditions: ["@vfs/source", "browser", "module", "import", "default"] },
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2024",
      minify: false,
      rolldownOptions: {
        input: { page: entry("page"), worker: entry("worker") },
        output: { entryFileNames: "[name].js", chunkFileNames: "[name].js" },
      },
    },
  });
  return outDir;
}
