import { COMPILE_OWN_SIDE } from "./own-side.ts";
import { loadPyodide } from "./pyodide.ts";
import { Seal } from "./seal.ts";

/** What most code imports; an import that is in the prepared memory costs nothing. */
export const MODULES: readonly string[] =
  `abc argparse array ast asyncio base64 bisect calendar collections contextlib copy csv ctypes
dataclasses datetime decimal difflib enum fnmatch fractions functools glob gzip hashlib heapq html inspect io itertools
json linecache logging math numbers operator os pathlib pickle pprint random re secrets shutil sqlite3 statistics
string struct subprocess tempfile textwrap time traceback types typing unicodedata urllib.parse uuid warnings weakref
xml.etree.ElementTree zipfile zlib zoneinfo`.split(/\s+/);

/**
 * Starts an interpreter of its own and answers what is in its memory then: what sessions begin from.
 *
 * @param url The folder that pyodide lies in, as a URL that ends with a slash.
 */
export async function prepareMemory(url: string): Promise<Uint8Array> {
  const options = { _makeSnapshot: true, env: { HOME: "/home/user", LANG: "C.UTF-8" } };
  const pyodide = await loadPyodide(url, new Seal({}), options);
  pyodide.runPython(`import ${MODULES.join(", ")}`);
  pyodide.runPython(COMPILE_OWN_SIDE);
  return pyodide.makeMemorySnapshot();
}
