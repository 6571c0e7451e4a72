// What a value looks like, as Node's `util.inspect` shows it; without colours, getters and proxies.

const LINE_CHARS = 72;
const MOST_ITEMS = 100;
const MOST_CHARS = 65_536;

/** How a value is shown. */
interface Options {
  /** How many levels of objects are shown; 2 unless told. */
  readonly depth?: number | null | undefined;
}

/** Shows any value in a text for people. */
export function inspect(value: unknown, { depth = 2 }: Options = {}): string {
  const text = show(value, depth ?? Infinity, new Set(), 0);
  return text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text;
}

/** Puts values into a text: `%s`, `%d`, `%i`, `%f`, `%j`, `%o`, `%O`, `%%`; what is left is added to it. */
export function format(...values: readonly unknown[]): string {
  const [first] = values;
  if (typeof first !== "string") return values.map(plain).join(" ");
  // Nothing to be put in, and no copy of what may be large.
  if (values.length === 1) return first;
  let next = 1;
  const text = first.replace(/%[sdifjoOc%]/g, (mark) => {
    if (mark === "%%") return "%";
    if (next >= values.length) return mark;
    return placed(mark, values[next++]);
  });
  return [text, ...values.slice(next).map(plain)].join(" ");
}

function placed(mark: string, value: unknown): string {
  switch (mark) {
    case "%s":
      return typeof value === "object" && value !== null ? inspect(value, { depth: 0 }) : plain(value);
    case "%d":
      return typeof value === "bigint" ? `${value}n` : String(Number(value));
    case "%i":
      return String(Number.parseInt(String(value), 10));
    case "%f":
      return String(Number.parseFloat(String(value)));
    case "%j":
      return JSON.stringify(value) ?? "undefined";
    case "%c":
      return "";
    default:
      return inspect(value, { depth: 4 });
  }
}

/** A text as it is, anything else as it is shown. */
function plain(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}

function show(value: unknown, depth: number, seen: Set<object>, indent: number): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "bigint":
      return `${value}n`;
    case "symbol":
      return value.toString();
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "function":
      return withKeys(functionName(value), value, depth, seen, indent);
    case "object":
      return value === null ? "null" : showObject(value, depth, seen, indent);
    default:
      return String(value);
  }
}

function quoted(text: string): string {
  const quote = ["'", '"', "`"].find((mark) => !text.includes(mark)) ?? "'";
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

function functionName(value: Function): string {
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  const name = value.name === "" ? "(anonymous)" : value.name;
  return isClass ? `[class ${name}]` : `[Function${value.name === "" ? " " : ": "}${name}]`;
}

function showObject(value: object, depth: number, seen: Set<object>, indent: number): string {
  if (seen.has(value)) return "[Circular *1]";
  if (value instanceof Error) return showError(value, depth, seen, indent);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  const name = nameOf(value);
  if (value instanceof Promise) return `${name} {}`;
  if (/^\[object (?:Number|String|Boolean)\]$/.test(Object.prototype.toString.call(value)))
    return `[${name}: ${show(value.valueOf(), depth, seen, indent)}]`;
  if (depth < 0) return Array.isArray(value) ? "[Array]" : `[${name}]`;
  seen.add(value);
  try {
    return showParts(value, name, depth, seen, indent);
  } finally {
    seen.delete(value);
  }
}

function showParts(value: object, name: string, depth: number, seen: Set<object>, indent: number): string {
  const inner = (item: unknown): string => show(item, depth - 1, seen, indent + 2);
  const pairs = (): string[] => keysOf(value).map((key) => `${keyText(key)}: ${inner(value[key as never])}`);
  if (Array.isArray(value))
    return listed("[", Array.from(value, inner), pairs().slice(shownIn(value)), "]", indent);
  if (isBuffer(value)) return showBuffer(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const items = Array.from(value as unknown as ArrayLike<number>).slice(0, MOST_ITEMS + 1);
    const { length } = value as unknown as ArrayLike<number>;
    return listed(`${name}(${length}) [`, items.map(inner), [], "]", indent);
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer { byteLength: ${value.byteLength} }`;
  if (value instanceof Map)
    return listed(
      `Map(${value.size}) {`,
      Array.from(value, ([key, item]) => `${inner(key)} => ${inner(item)}`),
      pairs(),
      "}",
      indent,
    );
  if (value instanceof Set)
    return listed(`Set(${value.size}) {`, Array.from(value, inner), pairs(), "}", indent);
  return listed(name === "Object" ? "{" : `${name} {`, [], pairs(), "}", indent);
}

/** How many of an array's own keys are its items. */
function shownIn(value: readonly unknown[]): number {
  return keysOf(value).filter((key) => typeof key === "string" && /^\d+$/.test(key)).length;
}

function isBuffer(value: object): value is Uint8Array {
  return value instanceof Uint8Array && nameOf(value) === "Buffer";
}

function showBuffer(value: Uint8Array): string {
  const bytes = Array.from(value.subarray(0, 50), (byte) => byte.toString(16).padStart(2, "0"));
  const more = value.length > 50 ? ` ... ${value.length - 50} more bytes` : "";
  return `<Buffer${bytes.length === 0 ? "" : " "}${bytes.join(" ")}${more}>`;
}

function showError(error: Error, depth: number, seen: Set<object>, indent: number): string {
  const stack = (error.stack ?? "").trimEnd();
  const title = String(error);
  const text = stack === "" ? `[${title}]` : `${title}\n${stack}`;
  return withKeys(text, error, depth, seen, indent);
}

/** A text, and behind it what else the object has. */
function withKeys(text: string, value: object, depth: number, seen: Set<object>, indent: number): string {
  const hidden = new Set<PropertyKey>(["stack", "message", "name", "cause"]);
  const keys = keysOf(value).filter((key) => !hidden.has(key));
  if (keys.length === 0 || depth < 0 || seen.has(value)) return text;
  seen.add(value);
  const pairs = keys.map(
    (key) => `${keyText(key)}: ${show(value[key as never], depth - 1, seen, indent + 2)}`,
  );
  seen.delete(value);
  return `${text} ${listed("{", [], pairs, "}", indent)}`;
}

function keysOf(value: object): PropertyKey[] {
  const symbols = Object.getOwnPropertySymbols(value).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  return [...Object.keys(value), ...symbols];
}

function keyText(key: PropertyKey): string {
  if (typeof key === "symbol") return `[${key.toString()}]`;
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(String(key)) ? String(key) : quoted(String(key));
}

function nameOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return "[Object: null prototype]";
  const { constructor } = value;
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "Object";
}

/** Parts between brackets, on one line where they fit. */
function listed(
  open: string,
  items: readonly string[],
  pairs: readonly string[],
  close: string,
  indent: number,
): string {
  const more = items.length - MOST_ITEMS;
  const parts = [...items.slice(0, MOST_ITEMS), ...(more > 0 ? [`... ${more} more items`] : []), ...pairs];
  if (parts.length === 0) return open + close;
  const length = parts.reduce((sum, part) => sum + part.length + 2, open.length);
  if (length <= LINE_CHARS && !parts.some((part) => part.includes("\n")) && parts.length <= 30)
    return `${open} ${parts.join(", ")} ${close}`;
  const space = " ".repeat(indent + 2);
  return `${open}\n${space}${parts.join(`,\n${space}`)}\n${" ".repeat(indent)}${close}`;
}
