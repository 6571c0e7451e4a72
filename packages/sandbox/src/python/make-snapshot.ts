import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "./guest/pyodide.ts";
import { Seal } from "./guest/seal.ts";
import { SNAPSHOT_URL } from "./snapshot.ts";

// The program that prepares the interpreter's memory, once, when this package is built. A session that begins from it
// is ready in a fraction of the time that starting an interpreter takes.

// What most code imports; an import that is in the prepared memory costs nothing.
const MODULES = `abc argparse array ast asyncio base64 bisect calendar collections contextlib copy csv ctypes
dataclasses datetime decimal difflib enum fnmatch fractions functools glob gzip hashlib heapq html inspect io itertools
json linecache logging math numbers operator os pathlib pickle pprint random re secrets shutil sqlite3 statistics
string struct subprocess tempfile textwrap time traceback types typing unicodedata urllib.parse uuid warnings weakref
xml.etree.ElementTree zipfile zlib zoneinfo`.split(/\s+/);

// Emscripten writes the name of the program into the memory: it is to be the same wherever this is built.
process.argv[1] = "/usr/bin/python3";
const url = new URL("./", import.meta.resolve("pyodide/package.json"));
const options = { _makeSnapshot: true, env: { HOME: "/home/user", LANG: "C.UTF-8" } };
const pyodide = await loadPyodide(url.href, new Seal({}), options);
pyodide.runPython(`import ${MODULES.join(", ")}`);
const path = fileURLToPath(SNAPSHOT_URL);
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, pyodide.makeMemorySnapshot());
