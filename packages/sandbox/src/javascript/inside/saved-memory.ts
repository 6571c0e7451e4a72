import { Buffer } from "./buffer.ts";
import { decode, encode } from "./host.ts";
import { BUILT_IN, load } from "./require.ts";

// The interpreter's side of checkpoints: the names that code has defined, as far as they are data, or functions that
// have nothing but the globals around them.

/** A value: what JSON says as it is; anything else as a pair of a mark and what it needs. */
type Told = string | number | boolean | null | readonly [mark: string, of?: unknown];

/** An object, by its kind and its parts. */
type Node = readonly [kind: string, ...parts: unknown[]];

interface Saved {
  readonly nodes: readonly Node[];
  readonly names: readonly (readonly [name: string, value: Told])[];
}

/** What a function was declared as at the top of the code, by its name: it can be declared so again. */
export type Sources = Readonly<Record<string, string>>;

/** What cannot be saved, and why. */
class Unsaved extends Error {}

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
const VIEWS = {
  Buffer,
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};

/** What is there before any code has run: what it is called, and what it is by that name. */
const known = new Map<unknown, readonly string[]>();
const initial = new Map<string, unknown>();

/** Notes what is there now: none of it is defined by the code. */
export function noteGlobals(): void {
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const { value } = Object.getOwnPropertyDescriptor(globalThis, name) ?? {};
    initial.set(name, value);
    note(value, [name]);
  }
  for (const [name, value] of Object.entries(BUILT_IN)) note(value, [`node:${name}`]);
  // What they have, too, but no more than that: `console.log`.
  const named = Array.from(known);
  for (const [value, path] of named)
    for (const [key, { value: part }] of Object.entries(Object.getOwnPropertyDescriptors(value)))
      note(part, [...path, key]);
}

function note(value: unknown, path: readonly string[]): void {
  if (isObject(value) && !known.has(value)) known.set(value, path);
}

/** The names that code has defined, in JSON, and those that are left out. */
export function save(sources: Sources): string {
  const writer = new Writer(sources);
  const leftOut: { name: string; type: string; reason: string }[] = [];
  const names: [string, Told][] = [];
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    const value: unknown = descriptor?.value;
    if (initial.has(name) && Object.is(initial.get(name), value)) continue;
    try {
      if (descriptor === undefined || !("value" in descriptor)) throw new Unsaved("a getter");
      names.push([name, writer.all(value, name)]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "it cannot be told";
      leftOut.push({ name, type: typeOf(value), reason: reason.slice(0, 200) });
    }
  }
  const saved: Saved = { nodes: writer.nodes, names };
  return JSON.stringify({ saved: JSON.stringify(saved), leftOut });
}

/** The functions of what was saved, as they are to be declared before the rest is there. */
export function sourcesOf(json: string): string {
  const { nodes } = JSON.parse(json) as Saved;
  const functions = nodes.flatMap(([kind, name, source]) => (kind === "function" ? [[name, source]] : []));
  return JSON.stringify(functions);
}

/** Puts what was saved into a memory in which its functions are declared. */
export function restore(json: string): void {
  const { nodes, names } = JSON.parse(json) as Saved;
  const reader = new Reader(nodes);
  for (const [name, value] of names) {
    const restored = reader.value(value);
    // A function is there already, as it was declared.
    if ((globalThis as Record<string, unknown>)[name] !== restored)
      (globalThis as Record<string, unknown>)[name] = restored;
  }
}

class Writer {
  readonly nodes: Node[] = [];
  readonly #objects: object[] = [];
  readonly #numbers = new Map<object, number>();
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** All of a value, or nothing. One object after another, for they may be deep within each other. */
  all(value: unknown, name: string): Told {
    const before = this.#objects.length;
    try {
      const told = this.#told(value);
      for (let at = before; at < this.#objects.length; at++)
        this.nodes[at] = this.#node(this.#objects[at] as object, at === before ? name : "");
      return told;
    } catch (error) {
      for (const object of this.#objects.splice(before)) this.#numbers.delete(object);
      this.nodes.length = before;
      throw error;
    }
  }

  #told(value: unknown): Told {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : ["number", Object.is(value, -0) ? "-0" : String(value)];
      case "undefined":
        return ["undefined"];
      case "bigint":
        return ["bigint", String(value)];
      case "symbol":
        throw new Unsaved("a symbol");
      default:
        return value === null ? null : this.#object(value as object);
    }
  }

  #object(value: object): Told {
    const global = known.get(value);
    if (global !== undefined) return ["global", global];
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#objects.push(value) - 1;
      this.#numbers.set(value, number);
    }
    return ["node", number];
  }

  #node(value: object, name: string): Node {
    if (typeof value === "function") return this.#function(value, name);
    if (!Object.isExtensible(value)) throw new Unsaved("an object that is frozen or sealed");
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) return ["object", this.#parts(value)];
    if (prototype === null) return ["bare", this.#parts(value)];
    if (prototype === Array.prototype)
      return ["array", (value as unknown[]).length, this.#parts(value, "length")];
    if (prototype === Date.prototype) return ["date", this.#told((value as Date).getTime())];
    if (prototype === RegExp.prototype) {
      const { source, flags, lastIndex } = value as RegExp;
      return ["regexp", source, flags, lastIndex];
    }
    if (prototype === Map.prototype)
      return [
        "map",
        Array.from(value as Map<unknown, unknown>, ([key, item]) => [this.#told(key), this.#told(item)]),
      ];
    if (prototype === Set.prototype)
      return ["set", Array.from(value as Set<unknown>, (item) => this.#told(item))];
    if (prototype === ArrayBuffer.prototype)
      return ["bytes", decode(new Uint8Array(value as ArrayBuffer), "base64")];
    for (const [kind, { prototype: one }] of Object.entries(VIEWS))
      if (prototype === one) return this.#view(value as Uint8Array, kind);
    for (const [kind, { prototype: one }] of Object.entries(ERRORS))
      if (prototype === one) return ["error", kind, this.#parts(value)];
    throw new Unsaved(`an instance of ${typeOf(value)}`);
  }

  #view({ buffer, byteOffset, byteLength, length }: Uint8Array, kind: string): Node {
    return ["view", kind, this.#told(buffer), byteOffset, kind === "DataView" ? byteLength : length];
  }

  #function(value: Function, name: string): Node {
    const text = Function.prototype.toString.call(value);
    if (/^class\b/.test(text)) throw new Unsaved(`the class ${value.name} is defined in the session`);
    const declared = (globalThis as Record<string, unknown>)[value.name] === value ? value.name : name;
    const source = Object.hasOwn(this.#sources, declared) ? this.#sources[declared] : undefined;
    // By its text alone: what else it has around it cannot be seen.
    if (source === undefined || !source.includes(text))
      throw new Unsaved("a function that is not declared at the top of the code, by its name");
    return [
      "function",
      declared,
      source,
      this.#parts(value, "length", "name", "prototype", "arguments", "caller"),
    ];
  }

  #parts(
    value: object,
    ...except: readonly string[]
  ): (readonly [key: string, value: Told, shown: boolean])[] {
    if (Object.getOwnPropertySymbols(value).length > 0) throw new Unsaved("an object with a symbol");
    return Object.getOwnPropertyNames(value)
      .filter((key) => !except.includes(key))
      .map((key) => {
        const found = Object.getOwnPropertyDescriptor(value, key);
        if (found === undefined || !("value" in found)) throw new Unsaved(`a getter or setter: ${key}`);
        return [key, this.#told(found.value), found.enumerable === true];
      });
  }
}

class Reader {
  readonly #nodes: readonly Node[];
  readonly #made = new Map<number, unknown>();

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
    // What it is made of comes when all are there.
    for (const number of nodes.keys()) this.#node(number);
    for (const [number, node] of nodes.entries()) this.#fill(this.#node(number), node);
  }

  value(told: Told): unknown {
    if (!Array.isArray(told)) return told;
    const [mark, of] = told as readonly [string, unknown];
    switch (mark) {
      case "node":
        return this.#node(of as number);
      case "global":
        return globalAt(of as readonly string[]);
      case "number":
        return Number(of);
      case "bigint":
        return BigInt(of as string);
      default:
        return undefined;
    }
  }

  #node(number: number): unknown {
    if (this.#made.has(number)) return this.#made.get(number);
    const node = this.#nodes[number];
    if (node === undefined) throw new TypeError("the checkpoint is broken");
    const made = this.#make(node);
    this.#made.set(number, made);
    return made;
  }

  /** What it is, without what may refer to it. */
  #make([kind, first, second, third, fourth]: Node): unknown {
    switch (kind) {
      case "object":
        return {};
      case "bare":
        return Object.create(null);
      case "array":
        return Array.from({ length: 0 }, () => undefined);
      case "date":
        return new Date(this.value(first as Told) as number);
      case "regexp":
        return Object.assign(new RegExp(first as string, second as string), { lastIndex: third });
      case "map":
        return new Map();
      case "set":
        return new Set();
      case "bytes":
        return encode(first as string, "base64").slice().buffer;
      case "view": {
        const View = VIEWS[first as keyof typeof VIEWS] as typeof Uint8Array;
        return new View(this.value(second as Told) as ArrayBuffer, third as number, fourth as number);
      }
      case "error":
        return new ERRORS[first as keyof typeof ERRORS]();
      case "function":
        return (globalThis as Record<string, unknown>)[first as string];
      default:
        throw new TypeError(`the checkpoint is broken: there is no ${kind}`);
    }
  }

  #fill(made: unknown, [kind, first, second, third]: Node): void {
    if (kind === "map")
      for (const [key, item] of first as [Told, Told][])
        (made as Map<unknown, unknown>).set(this.value(key), this.value(item));
    else if (kind === "set") for (const item of first as Told[]) (made as Set<unknown>).add(this.value(item));
    else if (kind === "object" || kind === "bare") this.#define(made, first);
    else if (kind === "error") this.#define(made, second);
    else if (kind === "function") this.#define(made, third);
    else if (kind === "array") {
      (made as unknown[]).length = first as number;
      this.#define(made, second);
    }
  }

  #define(made: unknown, parts: unknown): void {
    for (const [key, value, enumerable] of parts as [string, Told, boolean][])
      Object.defineProperty(made, key, {
        value: this.value(value),
        enumerable,
        writable: true,
        configurable: true,
      });
  }
}

function globalAt([name = "", ...keys]: readonly string[]): unknown {
  let value: unknown = name.startsWith("node:") ? load(name) : initial.get(name);
  for (const key of keys) value = (value as Record<string, unknown>)[key];
  return value;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** What a value is, for people. */
function typeOf(value: unknown): string {
  if (!isObject(value)) return value === null ? "null" : typeof value;
  if (typeof value === "function")
    return /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function";
  const { constructor } = value;
  return typeof constructor === "function" && constructor.name !== ""
    ? constructor.name
    : Object.prototype.toString.call(value).slice(8, -1);
}
