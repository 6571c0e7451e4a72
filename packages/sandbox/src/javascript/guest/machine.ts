import type * as acornModule from "acorn";
import { pause, Watch, within } from "../../python/guest/clock.ts";
import { Output } from "../../python/guest/output.ts";
import type { LeftOut } from "../../engine.ts";
import type { GuestConfig, GuestOutcome, GuestRun } from "../../protocol.ts";
import { Bridge } from "./bridge.ts";
import { Files } from "../../guest/files.ts";
import { INSIDE, insideSource } from "./inside.ts";
import { moduleName, moduleSource } from "./modules.ts";
import { Resolver } from "./resolve.ts";
import { Rewriter } from "./rewrite.ts";
import { loadMemory, saveMemory } from "./saved-memory.ts";
import { attempt, interruptedAt, isOutOfMemory, lineOf, NEVER } from "./thrown.ts";
import { Ballast, boundedMemory, type Context, type Handle, type Heap, type QuickJs } from "./vm.ts";

// JavaScript's own stack inside. What QuickJS does on it takes a multiple of that on the stack of this program.
const STACK_BYTES = 256 << 10;
// Flags of QuickJS: the code may wait at its top, and a traceback does not tell who has run it.
const EVAL_LASTING = 128 | 64;
const EVAL_PLAIN = 64;
const LEAST_ROOM_BYTES = 256 << 10;
const JOBS_AT_ONCE = 1000;
const SLICE_MS = 10;
// QuickJS throws null for want of memory; so may code, but hardly just then.
const GROWN_SHARE = 0.75;
// What code has left behind that was interrupted gets this long to end.
const DRAIN_MS = 100;

/** The code inside has failed at what it is asked for: because it was interrupted, or for good. */
class CallError extends Error {}

/** JavaScript in QuickJS: it reaches nothing but the functions of its bridge. */
export class Machine {
  readonly #watch = new Watch();
  readonly #output: Output;
  readonly #files: Files;
  readonly #resolver: Resolver;
  readonly #rewriter: Rewriter;
  readonly #memory: WebAssembly.Memory;
  readonly #memoryBytes: number;
  readonly #directory: string;
  #context!: Context;
  #ballast!: Ballast;
  #bridge!: Bridge;
  #session!: Handle;
  #count = 0;
  /** The functions that code has declared at its top, as far as it has got there. */
  readonly #functions = new Map<string, string>();
  #exitCode: number | undefined;
  /** Set while nothing is to run any more. */
  #draining = false;

  private constructor(config: GuestConfig, rewriter: Rewriter) {
    this.#output = new Output(config.outputBytes, () => this.#watch.interrupt("output"));
    this.#files = new Files(config.mountPaths ?? [config.mountPath], this.#output);
    this.#rewriter = rewriter;
    this.#resolver = new Resolver(this.#files, rewriter);
    this.#memory = boundedMemory(config.memoryBytes);
    this.#memoryBytes = config.memoryBytes;
    this.#directory = config.mountPath;
  }

  /** Loads the interpreter, and what code finds in it. */
  static async load(config: GuestConfig): Promise<Machine> {
    const { quickjs = "", acorn = "" } = config.modules ?? {};
    const { parse } = (await import(acorn)) as typeof acornModule;
    const machine = new Machine(config, new Rewriter(parse));
    await machine.#load((await import(quickjs)) as QuickJs, config);
    return machine;
  }

  /**
   * Runs a piece of code.
   *
   * @throws whatever ends the interpreter: it cannot be used any more.
   */
  run(run: GuestRun, stdin: Uint8Array): GuestOutcome {
    const { code, timeoutMs, interrupts, cpuMs, argv = [], env = {}, what = "run" } = run;
    this.#exitCode = undefined;
    // What has filled the memory may be about to let go of it.
    if (!this.#ballast.hasRoom(LEAST_ROOM_BYTES)) this.#ballast.drop();
    this.#output.start();
    this.#files.start(stdin);
    const told = within(timeoutMs, () => {
      this.#tell("begin", JSON.stringify({ argv, env }));
      this.#watch.start(timeoutMs, interrupts, cpuMs);
      return what === "run" ? this.#execute(code) : this.#carry(what);
    });
    this.#watch.stop();
    this.#files.end();
    this.#ballast.take();
    const { cause, cpuMs: usedMs } = this.#watch;
    return {
      ...(told.error === undefined ? {} : { exitCode: 1 }),
      ...told,
      ...(cause === undefined ? {} : { interrupted: cause }),
      cpuMs: usedMs,
      truncated: this.#output.truncated,
      peakMemoryBytes: this.#memory.buffer.byteLength,
    };
  }

  async #load(
    { newQuickJSWASMModule, newVariant, RELEASE_SYNC }: QuickJs,
    config: GuestConfig,
  ): Promise<void> {
    const module = await newQuickJSWASMModule(newVariant(RELEASE_SYNC, { wasmMemory: this.#memory }));
    const runtime = module.newRuntime();
    runtime.setMaxStackSize(STACK_BYTES);
    runtime.setInterruptHandler(() => this.#draining || this.#exitCode !== undefined || this.#watch.due());
    runtime.setModuleLoader(
      (name) => attempt(() => moduleSource(name, this.#files, this.#resolver, (id) => this.#namesOf(id))),
      (base, specifier) => attempt(() => moduleName(base, specifier, this.#resolver, this.#directory)),
    );
    const context = runtime.newContext();
    this.#context = context;
    this.#ballast = new Ballast((module as unknown as { readonly module: Heap }).module);
    this.#bridge = new Bridge({
      context,
      ballast: this.#ballast,
      files: this.#files,
      resolver: this.#resolver,
      onExit: (code) => (this.#exitCode = code),
    });
    this.#bridge.make().consume((host) => context.setProp(context.global, "__host", host));
    const main = `${INSIDE}main`;
    context.unwrapResult(context.evalCode(insideSource(main), main, { type: "module" })).dispose();
    runtime.executePendingJobs();
    this.#session = context.getProp(context.global, "__session");
    context.unwrapResult(context.evalCode("delete globalThis.__session", main)).dispose();
    const { callbacks, mountPath } = config;
    const compile = context.newFunction("compile", (source, name) =>
      this.#compile(context.getString(source), context.getString(name)),
    );
    const told = this.#bridge.text(JSON.stringify({ callbacks, directory: mountPath }));
    this.#call("boot", told, compile).dispose();
    told.dispose();
    compile.dispose();
  }

  #execute(code: string): Partial<GuestOutcome> {
    const finished = this.#attempt(code);
    if (this.#interrupted()) return this.#afterwards(finished);
    // With no memory for an error, QuickJS throws whatever comes.
    const isFull = finished.error !== undefined && !this.#ballast.hasRoom(LEAST_ROOM_BYTES);
    return isFull && finished.interrupted === undefined ? this.#recover(finished.error.traceback) : finished;
  }

  /** Saves what code has defined, or puts it there. */
  #carry(what: "checkpoint" | "restore"): Partial<GuestOutcome> {
    try {
      if (what === "checkpoint") return this.#save();
      this.#restore(loadMemory());
      return {};
    } catch (error) {
      const { name, message } = error as Error;
      return { error: { type: name, message, traceback: "" } };
    }
  }

  #save(): Partial<GuestOutcome> {
    const told = JSON.parse(this.#tell("save", JSON.stringify(Object.fromEntries(this.#functions)))) as {
      readonly saved: string;
      readonly leftOut: readonly LeftOut[];
    };
    saveMemory(told.saved);
    return { leftOut: told.leftOut };
  }

  #restore(saved: string): void {
    for (const [name, source] of JSON.parse(this.#tell("sourcesOf", saved)) as [string, string][]) {
      const result = this.#context.evalCode(source, "<checkpoint>", EVAL_PLAIN);
      if (result.error !== undefined)
        throw new Error(`${name} is no function: ${this.#plain(result.error).message}`);
      result.value.dispose();
      this.#functions.set(name, source);
    }
    this.#tell("restore", saved);
  }

  #attempt(code: string): Partial<GuestOutcome> {
    for (const [name, source] of this.#rewriter.functions(code)) this.#functions.set(name, source);
    const name = `<execute ${++this.#count}>`;
    try {
      const result = this.#context.evalCode(this.#rewriter.lasting(code), name, EVAL_LASTING);
      if (result.error !== undefined) return this.#failure(result.error, this.#interrupted());
      // From here on, what is asked of the code inside would be interrupted as well.
      return this.#interrupted() ? this.#interruption(result.value) : this.#finish(result.value);
    } catch (error) {
      if (error instanceof CallError && this.#interrupted()) return { error: interruptedAt("") };
      throw error;
    }
  }

  /** Runs what the code has begun until there is nothing left, or it is interrupted. */
  #finish(promise: Handle): Partial<GuestOutcome> {
    const done = this.#call("finish", promise);
    try {
      const uncaught = this.#loop();
      if (uncaught !== undefined) return uncaught;
      if (this.#interrupted()) return this.#interruption(promise);
      const state = this.#context.getPromiseState(done);
      if (state.type === "pending") return { error: NEVER };
      if (state.type === "rejected") return this.#failure(state.error, false);
      const told = this.#read(state.value.consume((json) => this.#context.getString(json)));
      return told.error === undefined ? { ...told, exitCode: this.#exitCodeSet() } : told;
    } finally {
      done.dispose();
      promise.dispose();
    }
  }

  /** Where the code was when it was interrupted, where that is known. */
  #interruption(promise: Handle): Partial<GuestOutcome> {
    const state = this.#context.getPromiseState(promise);
    return state.type === "rejected" ? this.#failure(state.error, true) : { error: interruptedAt("") };
  }

  /** Answers with what no code has caught, if there is such a thing. */
  #loop(): Partial<GuestOutcome> | undefined {
    const { runtime } = this.#context;
    while (!this.#interrupted()) {
      const jobs = runtime.executePendingJobs(JOBS_AT_ONCE);
      if (jobs.error !== undefined) {
        const failed = this.#failure(jobs.error, this.#interrupted());
        if (!this.#interrupted()) return failed;
      }
      if (runtime.hasPendingJob()) continue;
      const waitMs = this.#call("waitMs").consume((wait) => this.#context.dump(wait) as number | undefined);
      if (waitMs === undefined) return undefined;
      if (waitMs > 0) pause(Math.min(waitMs, SLICE_MS));
      else {
        const fired = this.#tryCall("fire");
        if ("error" in fired) return this.#failure(fired.error, this.#interrupted());
        fired.value.dispose();
      }
    }
    return undefined;
  }

  #interrupted(): boolean {
    return this.#exitCode !== undefined || this.#watch.wanted();
  }

  /** What the code has set `process.exitCode` to. */
  #exitCodeSet(): number {
    return this.#call("exitCode").consume((code) => this.#context.getNumber(code));
  }

  /**
   * Clears away what interrupted code has left behind.
   *
   * @throws Error when something goes on and on: it would come in the way of the next piece of code.
   */
  #afterwards(told: Partial<GuestOutcome>): Partial<GuestOutcome> {
    const { runtime } = this.#context;
    this.#draining = true;
    try {
      const endMs = performance.now() + DRAIN_MS;
      while (runtime.hasPendingJob()) {
        const jobs = runtime.executePendingJobs(JOBS_AT_ONCE);
        jobs.error?.dispose();
        if (performance.now() > endMs) throw new Error("the code has left behind what never ends");
      }
    } finally {
      this.#draining = false;
    }
    // It is asked for something now, so it must not be interrupted for what is over.
    const exitCode = this.#exitCode;
    this.#exitCode = undefined;
    this.#watch.stop();
    this.#call("clearAll").dispose();
    return exitCode === undefined ? told : { exitCode };
  }

  /** What has come out of the code, which did not catch it. Takes the handle. */
  #failure(error: Handle, isInterrupted: boolean): Partial<GuestOutcome> {
    const thrown = this.#plain(error);
    if (isInterrupted) {
      error.dispose();
      return { error: interruptedAt(thrown.stack) };
    }
    if (isOutOfMemory(thrown)) {
      error.dispose();
      return this.#recover(thrown.stack);
    }
    return error.consume((handle) => this.#read(this.#tell("fail", handle)));
  }

  /** Lets the interpreter breathe again, with what it was told to hold still full of things. */
  #recover(stack: string): Partial<GuestOutcome> {
    this.#ballast.drop();
    const result = this.#context.evalCode("0", INSIDE, EVAL_PLAIN);
    // Not even that: everything in it is lost.
    if (result.error !== undefined) process.abort();
    result.value.dispose();
    this.#ballast.take();
    const error = { type: "InternalError", message: "out of memory", traceback: stack, ...lineOf(stack) };
    return { error, interrupted: "memory" };
  }

  /** The names that an error has itself, without running any code. */
  #plain(error: Handle): { readonly name: string; readonly message: string; readonly stack: string } {
    const read = (key: string): string =>
      this.#context
        .getProp(error, key)
        .consume((value) => (this.#context.typeof(value) === "string" ? this.#context.getString(value) : ""));
    if (this.#context.typeof(error) !== "object") return { name: "", message: "", stack: "" };
    return { name: read("name"), message: read("message"), stack: read("stack") };
  }

  /** An outcome, of which the code inside has told in JSON. */
  #read(json: string): Partial<GuestOutcome> {
    const told = JSON.parse(json) as Partial<GuestOutcome>;
    const { error } = told;
    if (error === undefined) return told;
    const { type, message, traceback } = error;
    // What had filled the memory may be gone by the time the error is told.
    const isNothing = type === "Error" && message === "null" && traceback === "Uncaught null\n";
    if (isOutOfMemory({ name: type, message }) || (isNothing && this.#hasGrown()))
      return this.#recover(traceback);
    return told;
  }

  /** Whether the memory is about as large as it may ever be: it does not shrink. */
  #hasGrown(): boolean {
    return this.#memory.buffer.byteLength > GROWN_SHARE * this.#memoryBytes;
  }

  #compile(source: string, name: string): Handle {
    const wrapped = `(function (exports, require, module, __filename, __dirname) {${source}\n})`;
    const result = this.#context.evalCode(wrapped, name, EVAL_PLAIN);
    if (result.error !== undefined) throw result.error;
    return result.value;
  }

  #namesOf(id: string): readonly string[] {
    return JSON.parse(this.#tell("names", id)) as string[];
  }

  #tell(name: string, argument: string | Handle): string {
    const handle = typeof argument === "string" ? this.#bridge.text(argument) : argument;
    const answer = this.#call(name, handle).consume((json) => this.#context.getString(json));
    if (typeof argument === "string") handle.dispose();
    return answer;
  }

  #call(name: string, ...args: readonly Handle[]): Handle {
    const result = this.#tryCall(name, ...args);
    if ("error" in result)
      throw new CallError(`the interpreter failed in ${name}: ${this.#plain(result.error).message}`);
    return result.value;
  }

  #tryCall(
    name: string,
    ...args: readonly Handle[]
  ): { readonly value: Handle } | { readonly error: Handle } {
    const action = this.#context.getProp(this.#session, name);
    const result = action.consume((handle) => this.#context.callFunction(handle, this.#session, ...args));
    return result.error === undefined ? { value: result.value } : { error: result.error };
  }
}
