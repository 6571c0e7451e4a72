import {
  isLinkMet,
  isVfsError,
  LinkMet,
  VfsError,
  type ErrorCode,
  type VfsErrorOptions,
  type VPath,
} from "@vfs/core";

/** What was thrown, as plain data that crosses between threads. */
export type WireThrown =
  | { readonly kind: "link"; readonly at: VPath; readonly target: string; readonly rest: string }
  | { readonly kind: "vfs"; readonly code: ErrorCode; readonly options: VfsErrorOptions }
  | {
      readonly kind: "error";
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
      readonly cause: WireThrown | undefined;
      /** Own properties that are text, numbers or booleans: `code`, `errno` and their like. */
      readonly more: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "aborted" }
  | { readonly kind: "source" };

// A chain of causes may be a ring.
const MOST_CAUSES = 8;

/** Takes apart what was thrown. */
export function pack(thrown: unknown, depth = 0): WireThrown {
  if (isLinkMet(thrown)) return { kind: "link", at: thrown.at, target: thrown.target, rest: thrown.rest };
  if (isVfsError(thrown)) {
    const { code, syscall, path, dest, hint, reason, retryable, retryAfterMs } = thrown;
    const cause = packCause(thrown, depth);
    const options = { syscall, path, dest, hint, reason, retryable, retryAfterMs, cause };
    return { kind: "vfs", code, options };
  }
  if (thrown instanceof Error) {
    const { name, message, stack } = thrown;
    const more = Object.fromEntries(Object.entries(thrown).filter(([, value]) => isPrimitive(value)));
    return { kind: "error", name, message, stack, cause: packCause(thrown, depth), more };
  }
  return { kind: "value", value: isPrimitive(thrown) ? thrown : JSON.stringify(thrown) };
}

/** Puts together again what {@link pack} took apart. */
export function unpack(wire: WireThrown): unknown {
  switch (wire.kind) {
    case "link":
      return new LinkMet(wire.at, wire.target, wire.rest);
    case "vfs": {
      const { cause, ...options } = wire.options;
      return new VfsError(wire.code, { ...options, cause: unpackCause(cause as WireThrown | undefined) });
    }
    case "error": {
      const { name, message, stack, cause, more } = wire;
      const Class = CLASSES[name] ?? Error;
      const error = new Class(message, cause === undefined ? undefined : { cause: unpack(cause) });
      if (error.name !== name)
        Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
      if (stack !== undefined) error.stack = stack;
      return Object.assign(error, more);
    }
    case "value":
      return wire.value;
    case "aborted":
    case "source":
      // The caller has these itself.
      return undefined;
  }
}

const CLASSES: Readonly<Record<string, ErrorConstructor>> = {
  TypeError: TypeError,
  RangeError: RangeError,
  SyntaxError: SyntaxError,
};

function packCause({ cause }: Error, depth: number): WireThrown | undefined {
  return cause === undefined || depth >= MOST_CAUSES ? undefined : pack(cause, depth + 1);
}

function unpackCause(cause: WireThrown | undefined): unknown {
  return cause === undefined ? undefined : unpack(cause);
}

function isPrimitive(value: unknown): boolean {
  return (
    value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
  );
}
