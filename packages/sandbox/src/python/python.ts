import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import type { Engine } from "../engine.ts";
import { GuestProcess } from "../guest-process.ts";
import { OWN_CODE, programOf } from "../packages.ts";
import { snapshot } from "./snapshot.ts";
import { findWheels } from "./wheels.ts";

/** How Python is set up. */
export interface PythonOptions {
  /**
   * Packages for the code: pure wheels (`…-none-any.whl`) of this machine, or folders of them. They are unpacked as each
   * interpreter starts; what they depend on must be there too. Compiled code cannot be loaded.
   */
  readonly wheels?: string | readonly string[] | undefined;
  /** Such wheels, or folders of them, in the session's own files: `/data/wheels`. */
  readonly mountedWheels?: string | readonly string[] | undefined;
}

/**
 * Python 3.14 (pyodide 314, CPython compiled to WebAssembly) with the standard library, `sqlite3` among it.
 *
 * It runs in a process of its own, under Node's permission model, with an empty environment, and sealed: once it is
 * loaded, nothing that it imports from JavaScript can be called but files, clock and memory. On Node 22 and 24 the
 * permission model leaves the network open: there only the seal closes it.
 *
 * @throws TypeError for wheels that are not there, or have compiled code.
 */
export function python({ wheels = [], mountedWheels = [] }: PythonOptions = {}): Engine {
  const found = findWheels(wheels);
  const mounted = typeof mountedWheels === "string" ? [mountedWheels] : mountedWheels;
  return {
    name: "python",
    can: ["mounts", "strict"],
    start: async (options) => {
      const engine = dirname(realpathSync(createRequire(import.meta.url).resolve("pyodide/package.json")));
      const { fd, bytes } = snapshot();
      const readable = [...OWN_CODE, engine, ...found];
      return GuestProcess.start(
        { ...options, program: programOf("python"), readable, snapshotFd: fd },
        {
          wheels: found,
          mountedWheels: mounted,
          engineUrl: `${pathToFileURL(engine).href}/`,
          snapshotBytes: bytes,
        },
      );
    },
  };
}
