import type { EmscriptenModule } from "./emscripten.ts";
import type { PreparedMemory } from "./prepared-memory.ts";
import type { Seal } from "./seal.ts";

/** What pyodide gives a program that loads it; only what is used here. */
export interface Pyodide {
  readonly _module: EmscriptenModule;
  runPython(code: string, options?: { filename: string }): unknown;
  setInterruptBuffer(buffer: Uint8Array): void;
  setStdin(options: { read(into: Uint8Array): number; isatty: boolean }): void;
  setStdout(options: { write(bytes: Uint8Array): number; isatty: boolean }): void;
  setStderr(options: { write(bytes: Uint8Array): number; isatty: boolean }): void;
  makeMemorySnapshot(): Uint8Array;
}

type LoadPyodide = (options: Record<string, unknown>) => Promise<Pyodide>;
type MakeModule = (module: EmscriptenModule) => Promise<EmscriptenModule>;

/**
 * Loads pyodide with a seal in front of everything that it imports.
 *
 * @param url The folder that pyodide lies in, as a URL that ends with a slash.
 * @param memory Memory that was made by this very function, with `_makeSnapshot`: the functions that the memory refers to
 * are numbered in the order in which they were put in.
 */
export async function loadPyodide(
  url: string,
  seal: Seal,
  options: Record<string, unknown>,
  memory?: PreparedMemory,
): Promise<Pyodide> {
  // Bundlers are to leave these as they are.
  const [{ loadPyodide: load }, { default: makeModule }] = (await Promise.all([
    import(/* @vite-ignore */ /* webpackIgnore: true */ `${url}pyodide.mjs`),
    import(/* @vite-ignore */ /* webpackIgnore: true */ `${url}pyodide.asm.mjs`),
  ])) as [{ loadPyodide: LoadPyodide }, { default: MakeModule }];
  return load({
    ...options,
    ...(memory === undefined ? {} : { _loadSnapshot: memory.head }),
    stdin: () => null,
    createPyodideModule: async (module: EmscriptenModule) => {
      const unknown = seal.guard(module);
      // Pyodide takes it to be as long as what it was given.
      if (memory !== undefined) module.INITIAL_MEMORY = memory.bytes;
      const made = await Promise.race([makeModule(module), unknown]);
      // It would copy what is behind the head, where here is nothing.
      memory?.fill(made.HEAPU8);
      return made;
    },
  });
}
