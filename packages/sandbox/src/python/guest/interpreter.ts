import type { GuestConfig, GuestOutcome, GuestRun } from "../../protocol.ts";
import { access } from "./access.ts";
import { call, HostError } from "./channel.ts";
import { pause, Watch, within } from "./clock.ts";
import { DEVICE_PATH, DRIVER, DRIVER_FILE, STEP } from "./driver.ts";
import type { EmscriptenModule } from "./emscripten.ts";
import { fileLocks } from "./file-locks.ts";
import { EVENT_LOOP } from "./event-loop.ts";
import { FileMaps } from "./file-maps.ts";
import { fileTimes } from "./file-times.ts";
import { HostDevice } from "./host-device.ts";
import { LiveFs } from "./live-fs.ts";
import { Output } from "./output.ts";
import { KEEP_OWN_FILES } from "./own-files.ts";
import { loadPyodide } from "./pyodide.ts";
import { boundScratch } from "./scratch.ts";
import { Seal, type Replacement } from "./seal.ts";
import { statTimes } from "./stat-times.ts";
import { waiting } from "./waiting.ts";

const SIGINT = 2;

/** The Python interpreter, sealed: from the moment it is there, it reaches nothing but the host's files. */
export class Interpreter {
  readonly #watch = new Watch();
  readonly #output: Output;
  readonly #seal: Seal;
  readonly #config: GuestConfig;
  #module!: EmscriptenModule;
  /** There once the interpreter is loaded; while it loads, it has only files of its own. */
  #files: LiveFs | undefined;
  #step = 0;
  #code = "";
  #told: Partial<GuestOutcome> = {};

  private constructor(config: GuestConfig) {
    this.#config = config;
    this.#output = new Output(config.outputBytes, () => this.#watch.interrupt("output"));
    this.#seal = new Seal(this.#replacements());
  }

  /** Loads the interpreter from its prepared memory, gives it the host's files, and seals it. */
  static async load(config: GuestConfig, snapshot: Uint8Array): Promise<Interpreter> {
    const interpreter = new Interpreter(config);
    await interpreter.#load(snapshot);
    return interpreter;
  }

  /** The call for which the seal ended the interpreter, if it did. */
  get broken(): string | undefined {
    return this.#seal.broken;
  }

  /**
   * Runs a piece of code.
   *
   * @throws whatever ends the interpreter: it cannot be used any more.
   */
  run({ code, timeoutMs, interrupts }: GuestRun): GuestOutcome {
    this.#code = code;
    this.#told = {
      error: { type: "SystemError", message: "the code ended without an outcome", traceback: "" },
    };
    this.#output.start();
    this.#watch.start(timeoutMs, interrupts);
    within(timeoutMs, () => this.#module._PyRun_SimpleString(this.#step));
    this.#watch.stop();
    const { cause } = this.#watch;
    return {
      ...this.#told,
      ...(cause === undefined ? {} : { interrupted: cause }),
      truncated: this.#output.truncated,
      peakMemoryBytes: this.#module.HEAPU8.length,
    };
  }

  async #load(snapshot: Uint8Array): Promise<void> {
    const { engineUrl, mountPath, scratchBytes } = this.#config;
    const pyodide = await loadPyodide(engineUrl, this.#seal, { _loadSnapshot: snapshot });
    const { _module: module } = pyodide;
    this.#module = module;
    pyodide.setInterruptBuffer(new Uint8Array(1));
    pyodide.setStdout({ write: (bytes) => this.#output.write(1, bytes), isatty: false });
    pyodide.setStderr({ write: (bytes) => this.#output.write(2, bytes), isatty: false });
    boundScratch(module, scratchBytes);
    this.#files = new LiveFs(module, mountPath);
    this.#files.mount();
    module.FS.mkdir("/run");
    const device = new HostDevice(module, (request) => this.#answer(request)).open(DEVICE_PATH);
    pyodide.runPython(DRIVER.replaceAll("DEVICE_FD", String(device)), { filename: DRIVER_FILE });
    pyodide.runPython(EVENT_LOOP, { filename: DRIVER_FILE });
    module.FS.chdir(mountPath);
    this.#step = textInMemory(module, STEP);
    this.#seal.close();
  }

  /** Imports that the guest gets another version of. */
  #replacements(): Record<string, Replacement> {
    const { memoryBytes } = this.#config;
    return {
      _Py_CheckEmscriptenSignals_Helper: () => () => (this.#watch.due() ? SIGINT : 0),
      emscripten_resize_heap:
        (original) =>
        (bytes = 0) =>
          bytes >>> 0 > memoryBytes ? 0 : original(bytes),
      __syscall_fcntl64: fileLocks(
        () => this.#module,
        () => this.#files,
      ),
      __syscall_utimensat: fileTimes(
        () => this.#module,
        () => this.#files,
      ),
      ...statTimes(() => this.#module),
      ...new FileMaps(() => this.#module).replacements,
      ...KEEP_OWN_FILES,
      ...waiting(this.#watch),
      __syscall_faccessat: access(
        () => this.#module,
        () => this.#files,
      ),
      __syscall_getdents64:
        (original) =>
        (...args) => {
          const files = this.#files;
          return files === undefined ? original(...args) : files.whileListing(() => original(...args));
        },
      // Of the guest's own: those of the process that it runs in are nobody's business.
      __syscall_getuid32_js: () => () => 0,
      __syscall_umask_js:
        () =>
        (mask = 0) =>
          this.#files?.umask(mask) ?? 0o022,
    };
  }

  /** What the interpreter's side asks by the device. */
  #answer(request: Readonly<Record<string, unknown>>): unknown {
    switch (request["op"]) {
      case "functions":
        return this.#config.callbacks;
      case "take":
        return { code: this.#code };
      case "done":
        this.#told = request["outcome"] as Partial<GuestOutcome>;
        return null;
      case "calm":
        this.#watch.calm();
        return null;
      case "sleep":
        pause(Math.min(Number(request["ms"]) || 0, 20));
        return null;
      case "call":
        return this.#callHost(request);
      default:
        return { error: "there is no such request" };
    }
  }

  #callHost({ name, args, kwargs }: Readonly<Record<string, unknown>>): unknown {
    try {
      return { value: call("call", [name, args, kwargs]) };
    } catch (error) {
      if (error instanceof HostError) return { error: error.message };
      throw error;
    }
  }
}

/** A text in the interpreter's memory, for calls that take one; it stays there. */
function textInMemory(module: EmscriptenModule, text: string): number {
  const bytes = new TextEncoder().encode(`${text}\0`);
  const at = module._malloc(bytes.length);
  module.HEAPU8.set(bytes, at);
  return at;
}
