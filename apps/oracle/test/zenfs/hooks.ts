import nodeFs from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";

// Preloaded into each process of the suite. The suite is published as TypeScript, which Node does not read below
// node_modules; and where a store is to be tested, the suite's adapter for `node:fs` gets the face in its place.

const STORE = process.env["ZENFS_STORE"] ?? "native";
const ADAPTER = "/tests/native-setup.ts";
const FACE = "vfs:node-fs";

registerHooks({
  resolve(specifier, context, next) {
    const isAdapter = context.parentURL?.endsWith(ADAPTER) === true;
    if (STORE !== "native" && isAdapter && specifier === "node:fs") return { url: FACE, shortCircuit: true };
    return next(specifier, context.parentURL === FACE ? { ...context, parentURL: import.meta.url } : context);
  },
  load(url, context, next) {
    if (url === FACE) return { format: "module", source: faceModule(), shortCircuit: true };
    if (!url.includes("/@zenfs/core/tests/") || !url.endsWith(".ts")) return next(url, context);
    const { source } = next(url, { ...context, format: "module" });
    const text = typeof source === "string" ? source : new TextDecoder().decode(source);
    return { format: "module", source: stripTypeScriptTypes(text), shortCircuit: true };
  },
});

/** A module with the names of `node:fs`. */
function faceModule(): string {
  const names = Object.keys(nodeFs).map((name) => `export const ${name} = fs.${name};`);
  return ['import { fs } from "./face.ts";', "export default fs;", ...names].join("\n");
}
