import { createReadStream, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { defineConfig, type Plugin } from "vite";

const ENGINE = dirname(createRequire(import.meta.url).resolve("pyodide/package.json"));
/** What a page needs of pyodide, and how it is served. */
const FILES: Readonly<Record<string, string>> = {
  "pyodide.mjs": "text/javascript",
  "pyodide.asm.mjs": "text/javascript",
  "pyodide.asm.wasm": "application/wasm",
  "python_stdlib.zip": "application/zip",
  "pyodide-lock.json": "application/json",
};

// Python works on files by memory that the page shares with a worker: browsers want these for that.
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Puts the engine beside the page, as it is. */
function engine(): Plugin {
  return {
    name: "engine",
    configureServer({ middlewares }) {
      middlewares.use("/pyodide", (request, response, next) => {
        const name = (request.url ?? "").slice(1).replace(/\?.*/, "");
        const type = FILES[name];
        if (type === undefined) return next();
        response.setHeader("content-type", type);
        createReadStream(join(ENGINE, name)).pipe(response);
      });
    },
    generateBundle() {
      for (const name of Object.keys(FILES))
        this.emitFile({
          type: "asset",
          fileName: `pyodide/${name}`,
          source: readFileSync(join(ENGINE, name)),
        });
    },
  };
}

export default defineConfig({
  plugins: [engine()],
  build: { target: "es2024" },
  worker: { format: "es" },
  server: { headers },
  preview: { headers },
});
