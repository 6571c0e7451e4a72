import { Call, isVfsError, ROOT, VfsError, type Bytes, type Context, type Next, type VPath } from "@vfs/core";
import { checkOf, masterOf, masterOfPassphrase, type Master } from "./keys.ts";
import { fromBase64url, toBase64url } from "./text.ts";

/** Where a store keeps what is needed to read it, beside the key. Nobody sees it, and nobody can use the name. */
export const PARAMETERS: VPath = "/.vfs-encrypt" as VPath;

const MOST_ITERATIONS = 10_000_000;

/** What a store is encrypted with, as it was said when the first file was written. */
interface Parameters {
  readonly "vfs-encrypt": 1;
  readonly chunkBytes: number;
  readonly names: boolean;
  /** What is derived from the right key. */
  readonly check: string;
  readonly kdf?: { readonly name: "PBKDF2-SHA-256"; readonly iterations: number; readonly salt: string };
}

export interface Wanted {
  readonly key: Uint8Array | undefined;
  readonly passphrase: string | undefined;
  readonly iterations: number;
  readonly chunkBytes: number;
  readonly names: boolean;
}

/** The key of a store, and how long its chunks are. */
export interface Opened {
  readonly master: Master;
  readonly chunkBytes: number;
}

/** For what the layer does for itself, whoever has called. */
export const OWN: Context = {
  sync: false,
  signal: undefined,
  actor: undefined,
  root: ROOT,
  readOnly: false,
  umask: 0,
  resolved: false,
};

/**
 * Opens an encrypted store, or begins one.
 *
 * @throws VfsError `EACCES` for another key than that of the store, `EINVAL` for other settings, `EIO` for parameters that
 * are damaged.
 */
export async function openStore(next: Next, wanted: Wanted): Promise<Opened> {
  for (;;) {
    const found = await readParameters(next);
    if (found !== undefined) return check(found, wanted);
    const made = await begin(next, wanted);
    if (made !== undefined) return made;
  }
}

async function readParameters(next: Next): Promise<Parameters | undefined> {
  let data: Bytes;
  try {
    data = await next(new Call("read", PARAMETERS, undefined, {}, OWN));
  } catch (reason) {
    if (isVfsError(reason, "ENOENT")) return undefined;
    throw reason;
  }
  try {
    const found = JSON.parse(new TextDecoder().decode(data)) as Parameters;
    if (found["vfs-encrypt"] === 1 && Number.isSafeInteger(found.chunkBytes)) return found;
  } catch {
    // Said below.
  }
  throw new VfsError("EIO", { hint: `${PARAMETERS} of the encrypted store is damaged` });
}

async function check(found: Parameters, wanted: Wanted): Promise<Opened> {
  const { kdf, chunkBytes, names } = found;
  if ((kdf === undefined) !== (wanted.passphrase === undefined)) throw wrongKey();
  const master = await masterFor(wanted, kdf === undefined ? undefined : kdf.salt, kdf?.iterations ?? 0);
  if ((await checkOf(master)) !== found.check) throw wrongKey();
  if (names !== wanted.names)
    throw new VfsError("EINVAL", {
      hint: `the names of this store are ${names ? "" : "not "}encrypted: give encrypt() names: ${String(names)}`,
    });
  return { master, chunkBytes };
}

async function begin(next: Next, wanted: Wanted): Promise<Opened | undefined> {
  const { iterations, chunkBytes, names, passphrase } = wanted;
  const salt = toBase64url(globalThis.crypto.getRandomValues(new Uint8Array(16)));
  const master = await masterFor(wanted, passphrase === undefined ? undefined : salt, iterations);
  const made: Parameters = {
    "vfs-encrypt": 1,
    chunkBytes,
    names,
    check: await checkOf(master),
    ...(passphrase === undefined ? {} : { kdf: { name: "PBKDF2-SHA-256", iterations, salt } }),
  };
  const data = new TextEncoder().encode(`${JSON.stringify(made)}\n`);
  const args = { data, owned: true, ifNoneMatch: "*", mode: 0o600, durable: true } as const;
  try {
    await next(new Call("write", PARAMETERS, undefined, args, OWN));
  } catch (reason) {
    if (isVfsError(reason, "EEXIST")) return undefined;
    throw reason;
  }
  return { master, chunkBytes };
}

function masterFor(wanted: Wanted, salt: string | undefined, iterations: number): Promise<Master> {
  if (wanted.key !== undefined) return masterOf(wanted.key);
  const bytes = fromBase64url(salt ?? "");
  // Whoever writes the file must not be able to keep everybody busy for ever.
  if (bytes === undefined || !(iterations >= 1 && iterations <= MOST_ITERATIONS))
    throw new VfsError("EIO", { hint: `${PARAMETERS} of the encrypted store is damaged` });
  return masterOfPassphrase(wanted.passphrase ?? "", bytes, iterations);
}

function wrongKey(): VfsError {
  return new VfsError("EACCES", { hint: "the key is not the one that this store is encrypted with" });
}
