import { fromBase64, toBase64 } from "../../base64.ts";
import { PAYLOAD_BYTES, type GuestConfig, type GuestOutcome, type GuestRun } from "../../protocol.ts";
import { access } from "./access.ts";
import { call, HostError } from "./channel.ts";
import { pause, Watch, within } from "./clock.ts";
import { DEVICE_PATH, DRIVER_FILE, STEP } from "./driver.ts";
import type { EmscriptenModule } from "./emscripten.ts";
import { fileLocks } from "./file-locks.ts";
import { Input } from "./input.ts";
import { FileMaps } from "./file-maps.ts";
import { fileTimes } from "./file-times.ts";
import { HostDevice } from "./host-device.ts";
import { LiveFs } from "./live-fs.ts";
import { Output } from "./output.ts";
import { KEEP_OWN_FILES } from "./own-files.ts";
import { runOwnSide } from "./own-side.ts";
import { pathEnds } from "./path-ends.ts";
import type { PreparedMemory } from "./prepared-memory.ts";
import { loadPyodide, type Pyodide } from "./pyodide.ts";
import { boundScratch } from "./scratch.ts";
import { Seal, type Replacement } from "./seal.ts";
import { statTimes } from "./stat-times.ts";
import { waiting } from "./waiting.ts";
import { WHEELS } from "./wheels.ts";

const SIGINT = 2;

/** A package of Python, for code to import. */
export interface Wheel {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The Python interpreter, sealed: from the moment it is there, it reaches nothing but the host's files. */
export class Interpreter {
  readonly #watch = new Watch();
  readonly #input = new Input();
  readonly #output: Output;
  readonly #seal: Seal;
  readonly #config: GuestConfig;
  #module!: EmscriptenModule;
  /** There once the interpreter is loaded; while it loads, it has only files of its own. */
  #files: LiveFs | undefined;
  #step = 0;
  #run: GuestRun | undefined;
  #told: Partial<GuestOutcome> = {};

  private constructor(config: GuestConfig) {
    this.#config = config;
    this.#output = new Output(config.outputBytes, () => this.#watch.interrupt("output"));
    this.#seal = new Seal(this.#replacements());
  }

  /** Loads the interpreter from its prepared memory, gives it the host's files, and seals it. */
  static async load(
    config: GuestConfig,
    memory: PreparedMemory,
    wheels: readonly Wheel[] = [],
  ): Promise<Interpreter> {
    const interpreter = new Interpreter(config);
    await interpreter.#load(memory, wheels);
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
  run(run: GuestRun, stdin: Uint8Array): GuestOutcome {
    const { timeoutMs, interrupts, cpuMs } = run;
    this.#run = run;
    this.#input.start(stdin);
    this.#told = {
      error: { type: "SystemError", message: "the code ended without an outcome", traceback: "" },
    };
    this.#output.start();
    this.#watch.start(timeoutMs, interrupts, cpuMs);
    within(timeoutMs, () => this.#module._PyRun_SimpleString(this.#step));
    this.#watch.stop();
    const { cause } = this.#watch;
    return {
      ...this.#told,
      ...(cause === undefined ? {} : { interrupted: cause }),
      truncated: this.#output.truncated,
      cpuMs: this.#watch.cpuMs,
      peakMemoryBytes: this.#module.HEAPU8.length,
    };
  }

  async #load(memory: PreparedMemory, wheels: readonly Wheel[]): Promise<void> {
    const { engineUrl, mountPath, mountPaths = [mountPath], scratchBytes } = this.#config;
    const pyodide = await loadPyodide(engineUrl, this.#seal, {}, memory);
    const { _module: module } = pyodide;
    this.#module = module;
    pyodide.setInterruptBuffer(new Uint8Array(1));
    pyodide.setStdin({ read: (into) => this.#input.read(into), isatty: false });
    pyodide.setStdout({ write: (bytes) => this.#output.write(1, bytes), isatty: false });
    pyodide.setStderr({ write: (bytes) => this.#output.write(2, bytes), isatty: false });
    this.#files = new LiveFs(module, mountPaths);
    this.#files.mount();
    this.#unpackWheels(pyodide, wheels);
    boundScratch(module, scratchBytes);
    module.FS.mkdir("/run");
    const device = new HostDevice(module, (request) => this.#answer(request)).open(DEVICE_PATH);
    pyodide.runPython(runOwnSide(device), { filename: DRIVER_FILE });
    module.FS.chdir(mountPath);
    this.#step = textInMemory(module, STEP);
    this.#seal.close();
  }

  /** Puts packages in place, as long as the interpreter is not sealed and no code has run. */
  #unpackWheels(pyodide: Pyodide, wheels: readonly Wheel[]): void {
    const { FS } = pyodide._module;
    const { mountedWheels = [] } = this.#config;
    if (wheels.length + mountedWheels.length === 0) return;
    const own = wheels.map(({ name }) => `/tmp/${name}`);
    wheels.forEach(({ bytes }, i) => FS.writeFile(own[i] ?? "", bytes));
    const paths = JSON.stringify([...own, ...mountedWheels]);
    pyodide.runPython(`${WHEELS}\n_vfs_wheels(${paths})\ndel _vfs_wheels`, { filename: DRIVER_FILE });
    for (const path of own) FS.unlink(path);
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
      ...pathEnds(
        () => this.#module,
        () => this.#files !== undefined,
      ),
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
        return { names: this.#config.callbacks, stubs: this.#config.stubs ?? {} };
      case "take": {
        const { code, what = "run", argv, env } = this.#run ?? { code: "" };
        return { code, what, argv, env, hasInput: this.#input.isThere };
      }
      case "done":
        this.#told = request["outcome"] as Partial<GuestOutcome>;
        return null;
      case "calm":
        this.#watch.calm();
        return null;
      case "sleep":
        pause(Math.min(Number(request["ms"]) || 0, 20));
        return null;
      default:
        return this.#askHost(request);
    }
  }

  /** What the interpreter's side asks of the host. */
  #askHost(request: Readonly<Record<string, unknown>>): unknown {
    const { op, name, args, kwargs, ms, id, base64, offset } = request;
    try {
      switch (op) {
        case "call":
          return { begun: call("callStart", [name, args, kwargs, ms]) };
        case "wait":
          return { begun: call("callWait", [ms, id]) };
        case "save":
          return { bytes: call("save", [], fromBase64(String(base64))) };
        case "load": {
          const into = new Uint8Array(PAYLOAD_BYTES);
          const length = call("load", [offset], undefined, into) as number;
          return { base64: toBase64(into.subarray(0, length)) };
        }
        case "link":
          this.#files?.link(String(request["from"]), String(request["to"]));
          return {};
        default:
          return { error: "there is no such request" };
      }
    } catch (error) {
      return op === "call" && error instanceof HostError
        ? { begun: [0, { error: error.message }] }
        : refusal(error);
    }
  }
}

/** What the host, or Emscripten, has refused, for the interpreter's side to make an exception of. */
function refusal(error: unknown): object {
  if (error instanceof HostError) return { error: error.message };
  const { errno } = error as { errno?: number };
  if (errno === undefined) throw error;
  return { errno };
}

/** A text in the interpreter's memory, for calls that take one; it stays there. */
function textInMemory(module: EmscriptenModule, text: string): number {
  const bytes = new TextEncoder().encode(`${text}\0`);
  const at = module._malloc(bytes.length);
  module.HEAPU8.set(bytes, at);
  return at;
}
