import { inspect } from "node:util";

type Coded = Error & { code: string };

function coded<E extends Error>(error: E, code: string): E {
  (error as unknown as Coded).code = code;
  // As Node's own: the code is in the stack, not in the name.
  const { name } = error;
  Object.defineProperty(error, "stack", {
    value: error.stack?.replace(name, `${name} [${code}]`),
    writable: true,
    configurable: true,
  });
  return error;
}

/** What Node raises for an argument of a wrong type. `expected` begins as its text does: `of type string`. */
export function wrongType(name: string, expected: string, value: unknown): TypeError {
  return coded(
    new TypeError(`The "${name}" ${kindOf(name)} must be ${expected}.${received(value)}`),
    "ERR_INVALID_ARG_TYPE",
  );
}

/** What Node raises for a number that is not in a range. */
export function outOfRange(name: string, range: string, value: unknown): RangeError {
  const shown =
    Number.isInteger(value) && Math.abs(value as number) > 2 ** 32
      ? separated(String(value))
      : typeof value === "bigint"
        ? `${separated(String(value))}n`
        : inspect(value);
  return coded(
    new RangeError(`The value of "${name}" is out of range. It must be ${range}. Received ${shown}`),
    "ERR_OUT_OF_RANGE",
  );
}

/** What Node raises for a value of the right type that means nothing. */
export function wrongValue(name: string, value: unknown, reason = "is invalid"): TypeError {
  const text = inspect(value);
  const shown = text.length > 128 ? `${text.slice(0, 128)}...` : text;
  return coded(
    new TypeError(`The ${kindOf(name)} '${name}' ${reason}. Received ${shown}`),
    "ERR_INVALID_ARG_VALUE",
  );
}

/** The errors of Node that have a code, a text of their own and no more. */
export function codedError(code: string, message: string): Error {
  return coded(new Error(message), code);
}

/** As {@link codedError}, a `TypeError`. */
export function codedTypeError(code: string, message: string): TypeError {
  return coded(new TypeError(message), code);
}

/** As {@link codedError}, a `RangeError`. */
export function codedRangeError(code: string, message: string): RangeError {
  return coded(new RangeError(message), code);
}

function kindOf(name: string): string {
  return name.includes(".") ? "property" : "argument";
}

function received(value: unknown): string {
  if (value === undefined || value === null) return ` Received ${value}`;
  if (typeof value === "function") return ` Received function ${value.name}`;
  if (typeof value === "object") {
    const maker = (value as { constructor?: { name?: string } }).constructor?.name;
    return maker === undefined || maker === ""
      ? ` Received ${inspect(value, { depth: -1 })}`
      : ` Received an instance of ${maker}`;
  }
  const text = inspect(value, { colors: false });
  return ` Received type ${typeof value} (${text.length > 28 ? `${text.slice(0, 25)}...` : text})`;
}

/** 1_000_000, as Node writes large numbers. */
function separated(digits: string): string {
  return digits.replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, "_");
}
