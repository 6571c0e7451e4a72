import type { Engine } from "../engine.ts";
import { RemoteGuest } from "../remote-guest.ts";
import { requireIsolation } from "./isolation.ts";
import { WorkerCarrier } from "./worker-carrier.ts";

// On a first visit the engine has to be fetched, by whatever network there is.
const BOOT_MS = 300_000;

/** How Python is set up in a page. */
export interface PythonOptions {
  /**
   * The folder that the files of the npm package `pyodide` 314.0.7 are served in, relative to the page. From another
   * site they need `Cross-Origin-Resource-Policy: cross-origin`.
   */
  readonly engineUrl: string | URL;
  /** Packages for the code: URLs of pure wheels (`…-none-any.whl`), with those that they depend on. */
  readonly wheels?: string | readonly string[] | undefined;
  /** Such wheels, or folders of them, in the session's own files: `/data/wheels`. */
  readonly mountedWheels?: string | readonly string[] | undefined;
  /** Starts a worker that imports `@vfs/sandbox/worker`, where a bundler does not find that by itself. */
  readonly worker?: (() => Worker) | undefined;
}

/**
 * Python 3.14 (pyodide 314, CPython compiled to WebAssembly) with the standard library, `sqlite3` among it, in a worker
 * of its own, and sealed: once it is loaded, nothing that it imports from JavaScript can be called but files, clock and
 * memory.
 *
 * The first visit makes a prepared memory, which takes some seconds, and the browser keeps it for the next ones.
 *
 * @throws VfsError `ENOTSUP`, once a session is started, where the page is not cross-origin isolated: it names the header
 * that is missing.
 */
export function python({ engineUrl, wheels = [], mountedWheels = [], worker }: PythonOptions): Engine {
  const urlOf = (path: string | URL): string => new URL(path, globalThis.location.href).href;
  const folder = urlOf(engineUrl);
  const [found, mounted] = [listOf(wheels), listOf(mountedWheels)];
  return {
    name: "python",
    can: ["mounts"],
    start: async (options) => {
      await requireIsolation();
      const guest = new RemoteGuest(options, new WorkerCarrier((worker ?? startWorker)()));
      const engine = folder.endsWith("/") ? folder : `${folder}/`;
      await guest.boot({ engineUrl: engine, wheels: found.map(urlOf), mountedWheels: mounted }, BOOT_MS);
      return guest;
    },
  };
}

// Bundlers look for these very words.
function startWorker(): Worker {
  return new Worker(new URL("./guest/main.js", import.meta.url), { type: "module", name: "vfs-python" });
}

function listOf(paths: string | readonly string[]): readonly string[] {
  return typeof paths === "string" ? [paths] : paths;
}
