import { randomFillSync } from "node:crypto";
import { call, HostError } from "../../python/guest/channel.ts";
import type { GuestOp } from "../../protocol.ts";
import type { Files } from "../../guest/files.ts";
import type { Resolver } from "./resolve.ts";
import type { Ballast, Context, Handle } from "./vm.ts";

// What one read may ask for: the code gets a copy in its own memory, and there is one here.
const MOST_READ_BYTES = 64 << 20;

/** What the functions are made of that code in the interpreter can call. */
export interface BridgeParts {
  readonly context: Context;
  readonly ballast: Ballast;
  readonly files: Files;
  readonly resolver: Resolver;
  /** Called when the code wants to end. */
  readonly onExit: (code: number) => void;
}

/** The functions that the code in the interpreter can call: files, texts, a clock, and those of the host by name. */
export class Bridge {
  readonly #parts: BridgeParts;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
  }

  /** An object in the interpreter that has them. */
  make(): Handle {
    const { context } = this.#parts;
    const object = context.newObject();
    for (const [name, action] of Object.entries(this.#functions())) {
      const handle = context.newFunction(name, (...args) => action(...args));
      context.setProp(object, name, handle);
      handle.dispose();
    }
    return object;
  }

  /** A text in the interpreter. */
  text(value: string): Handle {
    if (!this.#parts.ballast.hasRoom(value.length * 4 + 1024)) throw outOfMemory();
    return this.#parts.context.newString(value);
  }

  #bytes(value: Uint8Array): Handle {
    if (!this.#parts.ballast.hasRoom(value.length + 1024)) throw outOfMemory();
    const { buffer, byteOffset, length } = value;
    return this.#parts.context.newArrayBuffer(buffer.slice(byteOffset, byteOffset + length));
  }

  #functions(): Readonly<Record<string, (...args: Handle[]) => Handle | undefined>> {
    const { context, files, onExit } = this.#parts;
    const number = (handle: Handle | undefined): number =>
      handle === undefined ? -1 : context.getNumber(handle);
    const string = (handle: Handle | undefined): string =>
      handle === undefined ? "" : context.getString(handle);
    const taken = (handle: Handle | undefined): Uint8Array => {
      if (handle === undefined) throw new TypeError("there are no bytes");
      return context.getArrayBuffer(handle).consume(({ value }) => value.slice());
    };
    const encodingOf = (handle: Handle | undefined): BufferEncoding => {
      const name = string(handle);
      return Buffer.isEncoding(name) ? name : "utf8";
    };
    return {
      ask: (request) => this.text(this.#told(() => ({ value: this.#answer(string(request)) ?? null }))),
      read: (fd, position, length) => {
        const into = new Uint8Array(Math.max(0, Math.min(number(length), MOST_READ_BYTES)));
        let got = 0;
        const failed = this.#failed(() => {
          got = files.read(number(fd), number(position), into);
        });
        return failed ?? this.#bytes(into.subarray(0, got));
      },
      write: (fd, position, data) => {
        let put = 0;
        const failed = this.#failed(() => {
          put = files.write(number(fd), number(position), taken(data));
        });
        return failed ?? context.newNumber(put);
      },
      print: (fd, text) => {
        files.write(number(fd) === 2 ? 2 : 1, -1, Buffer.from(JSON.parse(string(text)) as string));
        return undefined;
      },
      encode: (text, encoding) =>
        this.#bytes(Buffer.from(JSON.parse(string(text)) as string, encodingOf(encoding))),
      decode: (bytes, encoding) =>
        this.text(JSON.stringify(Buffer.from(taken(bytes)).toString(encodingOf(encoding)))),
      random: (length) =>
        this.#bytes(randomFillSync(new Uint8Array(Math.min(Math.max(0, number(length)), 65_536)))),
      now: () => context.newNumber(performance.now()),
      exit: (code) => {
        onExit(number(code));
        return undefined;
      },
    };
  }

  /** What the host refuses, as the other side knows it; undefined when all went well. */
  #failed(action: () => void): Handle | undefined {
    const told = this.#told(() => {
      action();
      return undefined;
    });
    return told === "" ? undefined : this.text(told);
  }

  #told(action: () => unknown): string {
    try {
      return JSON.stringify(action()) ?? "";
    } catch (error) {
      if (error instanceof HostError) return JSON.stringify({ code: error.code, message: error.message });
      throw error;
    }
  }

  #answer(request: string): unknown {
    const [op, ...args] = JSON.parse(request) as [string, ...unknown[]];
    const { files, resolver } = this.#parts;
    const [first, second] = args;
    switch (op) {
      case "call":
        return call("call", [first, second, {}]);
      case "resolve":
        return resolver.resolve(String(first), String(second), "require");
      case "source":
        return scriptOf(files.text(String(first)), resolver, String(first));
      default:
        return operate(files, op, args);
    }
  }
}

/** One operation on the files, as the other side asks for it. */
function operate(files: Files, op: string, args: readonly unknown[]): unknown {
  const [path, ...rest] = args;
  const at = String(path);
  const fd = Number(path);
  const [first, second, third] = rest;
  switch (op) {
    case "stat":
    case "lstat":
    case "readdir":
    case "realpath":
    case "readlink":
      return files[op](at);
    case "access":
    case "mkdir":
    case "chmod":
    case "truncate":
      return files[op](at, Number(first));
    case "unlink":
    case "rmdir":
      return files.remove(op, at);
    case "rename":
    case "link":
    case "symlink":
      return files[op](at, String(first));
    case "utimes":
      return files.utimes(at, Number(first), Number(second), third === true);
    case "open":
      return files.open(at, Number(first), Number(second));
    case "close":
    case "fstat":
      return files[op](fd);
    case "ftruncate":
    case "fchmod":
    case "futimes":
    case "fsync":
      return files.changeOpen(op satisfies GuestOp, fd, ...rest);
    default:
      throw new HostError("ENOTSUP", `there is no operation ${op}`);
  }
}

/** A script for `require`, which has no way to run a module. */
function scriptOf(text: string, resolver: Resolver, path: string): string {
  if (resolver.formatOf(path) === "module")
    throw new HostError("ERR_REQUIRE_ESM", `${path} is a module: await import() runs it`);
  return text.startsWith("#!") ? `//${text}` : text;
}

function outOfMemory(): Error {
  const error = new Error("out of memory");
  error.name = "InternalError";
  return error;
}
