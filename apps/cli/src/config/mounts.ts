import type { Provider } from "@vfs/core";
import type { BucketOptions } from "../buckets.ts";
import { isAbsolutePath, parseLocation, parseMount, type MountSpec } from "../location.ts";
import { didYouMean } from "../nearest.ts";
import { UsageError } from "../output.ts";
import { layersOf } from "./layers.ts";
import { isPlain, resolved } from "./references.ts";

const KEYS = ["mounts", "layers"];
const BUCKET_KEYS = ["region", "endpoint", "forcePathStyle", "credentials"];
const MOUNT_KEYS = ["store", "readOnly", "layers", ...BUCKET_KEYS];

type Written = Readonly<Record<string, unknown>>;

/**
 * Reads what a configuration mounts. What is wrong with one mount is told when it is opened: the others, and what needs
 * none of them, work without it.
 *
 * @param home Where its paths start.
 * @throws UsageError When it is no configuration.
 */
export function mountsOf(content: unknown, shown: string, home: string): MountSpec[] {
  if (!isPlain(content))
    throw new UsageError(`${shown}: it is to be an object: { "mounts": { "/data": "file:./data" } }`);
  checkKeys(content, KEYS, shown);
  const { mounts = {}, layers } = content;
  if (!isPlain(mounts))
    throw new UsageError(`${shown}: mounts: it is to be an object: { "/data": "file:./data" }`);
  return Object.entries(mounts).map(([path, written]) => {
    if (!isAbsolutePath(path))
      throw new UsageError(`${shown}: mounts.${path}: a mount is a path that begins with a slash`);
    try {
      return specOf(path, written, layers, shown, home);
    } catch (problem) {
      const text =
        problem instanceof UsageError
          ? problem.message
          : `${shown}: mounts.${path}: ${(problem as Error).message}`;
      return {
        path,
        source: { store: "given", path: "/" },
        readOnly: true,
        text: "?",
        problem: new UsageError(text),
      };
    }
  });
}

function specOf(path: string, written: unknown, shared: unknown, shown: string, home: string): MountSpec {
  const at = `${shown}: mounts.${path}`;
  const mount: Written =
    isPlain(written) && !isProvider(written)
      ? resolved(written, at, process.env)
      : { store: resolved(written, at, process.env) };
  checkKeys(mount, MOUNT_KEYS, at);
  const { store, readOnly = false } = mount;
  if (typeof readOnly !== "boolean") throw new UsageError(`${at}.readOnly: it is true or false`);
  const layers = [
    ...layersOf(resolved(shared, `${shown}: layers`, process.env), `${shown}: layers`),
    ...layersOf(mount["layers"], `${at}.layers`),
  ];
  if (isProvider(store))
    return {
      path,
      source: { store: "given", path: "/" },
      readOnly,
      text: store.name,
      layers,
      make: () => store,
    };
  if (typeof store !== "string")
    throw new UsageError(`${at}: name its store: file:./dir, sqlite:./x.db, s3://bucket or memory:`);
  const spec = specOfStore(path, store, readOnly, mount, home, at);
  return { ...spec, layers, isConfigured: true };
}

function specOfStore(
  path: string,
  store: string,
  readOnly: boolean,
  mount: Written,
  home: string,
  at: string,
): MountSpec {
  const location = parseLocation(store, home);
  const own = BUCKET_KEYS.filter((key) => mount[key] !== undefined);
  if (location.store !== "s3") {
    if (own.length > 0) throw new UsageError(`${at}.${own[0]}: only a bucket has that`);
    return parseMount(`${path}=${store}`, home, readOnly);
  }
  const { region, endpoint, forcePathStyle, credentials } = mount;
  checkCredentials(credentials, `${at}.credentials`);
  const options = { region, endpoint, forcePathStyle, credentials } as BucketOptions;
  const prefix = location.path.slice(1);
  const source = { ...location, path: "/" };
  return {
    path,
    source,
    readOnly,
    text: store,
    make: async () => (await import("../buckets.ts")).bucketStore(location.bucket, { ...options, prefix }),
  };
}

/** They are never in a message. */
function checkCredentials(credentials: unknown, at: string): void {
  if (credentials === undefined) return;
  const keys = ["accessKeyId", "secretAccessKey", "sessionToken"];
  if (!isPlain(credentials)) throw new UsageError(`${at}: it is an object with ${keys.join(", ")}`);
  checkKeys(credentials, keys, at);
  for (const key of keys.slice(0, 2))
    if (typeof credentials[key] !== "string")
      throw new UsageError(`${at}.${key}: it is missing: "\${env.NAME}"`);
}

function checkKeys(value: Written, known: readonly string[], at: string): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new UsageError(
      `${at}.${unknown}: there is no such setting${didYouMean(unknown, known)}; there are ${known.join(", ")}`,
    );
}

function isProvider(value: unknown): value is Provider {
  return (
    typeof value === "object" &&
    value !== null &&
    "caps" in value &&
    "stat" in value &&
    typeof value.stat === "function"
  );
}
