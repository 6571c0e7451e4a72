import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { prepareMemory } from "./guest/prepare-memory.ts";
import { SNAPSHOT_URL } from "./snapshot.ts";

// The program that prepares the interpreter's memory, once, when this package is built. A session that begins from it
// is ready in a fraction of the time that starting an interpreter takes.

// Emscripten writes the name of the program into the memory: it is to be the same wherever this is built.
process.argv[1] = "/usr/bin/python3";
const url = new URL("./", import.meta.resolve("pyodide/package.json"));
const path = fileURLToPath(SNAPSHOT_URL);
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, await prepareMemory(url.href));
