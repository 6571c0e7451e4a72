import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Engine } from "../engine.ts";
import { GuestProcess } from "../guest-process.ts";
import { findPackage, OWN_CODE, programOf } from "../packages.ts";

/** The version of quickjs-emscripten that this engine was made for. */
const QUICKJS_VERSION = "0.32.0";

// QuickJS recurses on the stack of the program that it runs in, and needs more of it than Node gives.
const STACK_KIB = 3900;

/**
 * JavaScript (QuickJS, compiled to WebAssembly) with a synchronous `fs` on the live files, `require` and `import` of
 * files, timers, and no network. Needs `npm install quickjs-emscripten@0.32.0`.
 *
 * It runs in a process of its own, under Node's permission model, with an empty environment. Nothing of Node is within
 * reach of the code: its globals are those of QuickJS and of this package.
 */
export function javascript(): Engine {
  return {
    name: "javascript",
    can: ["mounts", "strict"],
    start: async (options) => {
      const quickjs = findPackage("quickjs-emscripten", QUICKJS_VERSION);
      const acorn = findPackage("acorn");
      return GuestProcess.start(
        {
          ...options,
          program: programOf("javascript"),
          readable: [...OWN_CODE, ...quickjs.readable, ...acorn.readable],
          stackKiB: STACK_KIB,
        },
        {
          modules: {
            quickjs: pathToFileURL(join(quickjs.folder, "dist/index.mjs")).href,
            acorn: pathToFileURL(join(acorn.folder, "dist/acorn.mjs")).href,
          },
        },
      );
    },
  };
}
