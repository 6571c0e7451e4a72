import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type InlineConfig } from "vite";
import { exampleOf } from "./readme.ts";

const HOME = fileURLToPath(new URL("../..", import.meta.url));

/** Bundles the scripts of the test page, from source, and the example of the README as `readme.js`; answers the folder. */
export async function bundlePage(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), "vfs-browser-page-"));
  await build(config(outDir, { page: `${HOME}/test/page/page.ts`, worker: `${HOME}/test/page/worker.ts` }));
  const readme = config(outDir, { readme: "virtual:readme" });
  // As a user's page would have it: what is found out from the text of functions must stand this.
  await build({
    ...readme,
    build: { ...readme.build, minify: true },
    plugins: [
      {
        name: "readme",
        resolveId: (id) => (id === "virtual:readme" ? id : undefined),
        load: (id) => (id === "virtual:readme" ? exampleOf("js").code : undefined),
      },
    ],
  });
  return outDir;
}

function config(outDir: string, input: Record<string, string>): InlineConfig {
  return {
    root: HOME,
    configFile: false,
    logLevel: "warn",
    resolve: {
      alias: { "@vfs/browser": `${HOME}/src/index.ts` },
      conditions: ["@vfs/source", "browser", "module", "import", "default"],
    },
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2024",
      minify: false,
      rolldownOptions: {
        input,
        output: { entryFileNames: "[name].js", chunkFileNames: `${Object.keys(input)[0]}-[name].js` },
      },
    },
  };
}
