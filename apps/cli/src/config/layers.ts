import { SLOTS, type Layer } from "@vfs/core";
import { cache, encrypt, expiry, limit, permissions, prefix, readOnly, retry } from "@vfs/layers";
import { didYouMean } from "../nearest.ts";
import { UsageError } from "../output.ts";
import { isPlain } from "./references.ts";

/** Makes a layer of what the configuration says of it. */
type Make = (options: never) => Layer;

const LAYERS: Readonly<Record<string, Make>> = {
  cache: (options: Parameters<typeof cache>[0]) => cache(options),
  retry: (options: Parameters<typeof retry>[0]) => retry(options),
  limit: (options: Parameters<typeof limit>[0]) => limit(options),
  expiry: (options: Parameters<typeof expiry>[0]) => expiry(options),
  encrypt: (options: { readonly key?: string; readonly passphrase?: string; readonly names?: boolean }) => {
    const { key, ...others } = options;
    return encrypt(
      key === undefined ? others : { ...others, key: new Uint8Array(Buffer.from(key, "base64")) },
    );
  },
  prefix: (directory: string) => prefix(directory),
  permissions: () => permissions(),
  readOnly: () => readOnly(),
};

/**
 * The layers of a mount, in the order that their slots ask for. Each is a name, `retry`; a name with options,
 * `{ retry: { attempts: 3 } }`; or, in a configuration that is a program, a layer.
 *
 * @throws UsageError For anything else, and for options that a layer does not take.
 */
export function layersOf(written: unknown, at: string): Layer[] {
  if (written === undefined) return [];
  if (!Array.isArray(written))
    throw new UsageError(`${at}: layers are a list: [cache, { retry: { attempts: 3 } }]`);
  const layers = written.map((one, i) => layerOf(one, `${at}[${i}]`));
  return layers.sort((a, b) => SLOTS.indexOf(a.slot) - SLOTS.indexOf(b.slot));
}

function layerOf(written: unknown, at: string): Layer {
  if (isLayer(written)) return written;
  const [name, options] = typeof written === "string" ? [written, undefined] : onlyEntry(written, at);
  const make = LAYERS[name];
  const names = Object.keys(LAYERS);
  if (make === undefined || !names.includes(name))
    throw new UsageError(
      `${at}: there is no layer "${name}"${didYouMean(name, names)}; there are ${names.join(", ")}`,
    );
  try {
    return make((options ?? {}) as never);
  } catch (error) {
    throw new UsageError(`${at}: ${(error as Error).message}`);
  }
}

function onlyEntry(written: unknown, at: string): [string, unknown] {
  const [first, ...others] = isPlain(written) ? Object.entries(written) : [];
  if (first === undefined || others.length > 0)
    throw new UsageError(`${at}: a layer is a name, or a name with options: { retry: { attempts: 3 } }`);
  return first;
}

function isLayer(value: unknown): value is Layer {
  return (
    typeof value === "object" && value !== null && "handle" in value && typeof value.handle === "function"
  );
}
