import nodeFs from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { basename } from "node:path";

// Preloaded into each process of the suite. The suite is published as TypeScript, which Node does not read below
// node_modules; and where a store is to be tested, the suite's adapter for `node:fs` gets the face in its place.
// Several files of the suite share a process. Each has its own instance of the adapter and of the store, as if it were
// alone: what it imports of the suite has its name behind the address.

const STORE = process.env["ZENFS_STORE"] ?? "native";
const TESTS = "/@zenfs/core/tests/";
const ADAPTER = "/tests/native-setup.ts";
const FACE = "vfs:node-fs";

registerHooks({
  resolve(specifier, context, next) {
    const { parentURL = "" } = context;
    const owner = ownerOf(parentURL);
    if (STORE !== "native" && specifier === "node:fs" && withoutOwner(parentURL).endsWith(ADAPTER))
      return { url: `${FACE}${owner}`, shortCircuit: true };
    if (parentURL.startsWith(FACE)) {
      const { url } = next(specifier, { ...context, parentURL: import.meta.url });
      return { url: `${url}${owner}`, shortCircuit: true };
    }
    const found = next(specifier, context);
    return found.url.includes(TESTS) ? { ...found, url: `${found.url}${owner}` } : found;
  },
  load(url, context, next) {
    if (url.startsWith(FACE)) return { format: "module", source: faceModule(), shortCircuit: true };
    if (!url.includes(TESTS) || !withoutOwner(url).endsWith(".ts")) return next(url, context);
    const { source } = next(url, { ...context, format: "module" });
    const text = typeof source === "string" ? source : new TextDecoder().decode(source);
    return { format: "module", source: stripTypeScriptTypes(text), shortCircuit: true };
  },
});

/** What is behind the address of a module that belongs to one file of the suite. */
function ownerOf(parentURL: string): string {
  const at = parentURL.indexOf("?for=");
  if (at !== -1) return parentURL.slice(at);
  return parentURL.endsWith(".test.ts") ? `?for=${basename(parentURL)}` : "";
}

function withoutOwner(url: string): string {
  return url.split("?", 1)[0] ?? url;
}

/** A module with the names of `node:fs`. */
function faceModule(): string {
  const names = Object.keys(nodeFs).map((name) => `export const ${name} = fs.${name};`);
  return ['import { fs } from "./face.ts";', "export default fs;", ...names].join("\n");
}
