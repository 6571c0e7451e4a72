import {
  isLinkMet,
  mutates,
  unsupported,
  VfsError,
  type AnyCall,
  type Awaitable,
  type Call,
  type Capabilities,
  type Context,
  type Layer,
  type Next,
} from "@vfs/core";
import { Ciphers } from "./chunks.ts";
import { handleStored } from "./handling.ts";
import { Layout } from "./layout.ts";
import { encryptedNames, metForUser, READABLE, type Names } from "./names.ts";
import { openStore, PARAMETERS, type Wanted } from "./parameters.ts";
import { EncryptedStore } from "./store.ts";

export interface EncryptOptions {
  /** 32 random bytes: `crypto.getRandomValues(new Uint8Array(32))`, kept somewhere else than the store. */
  readonly key?: Uint8Array | undefined;
  /** A key is made of it, slowly. Better a long one: whoever has the store can try as many as they like. */
  readonly passphrase?: string | undefined;
  /** How slowly: rounds of PBKDF2 with SHA-256 for a new store, 600,000 unless told. A store keeps its own number. */
  readonly iterations?: number | undefined;
  /**
   * Bytes of content in a chunk of a new store, 65,536 unless told: what is read and written at the least. A store keeps its
   * own.
   */
  readonly chunkBytes?: number | undefined;
  /** Encrypt names and the texts of links too: names of at most 175 bytes. False unless told. */
  readonly names?: boolean | undefined;
}

/**
 * A layer that encrypts the content of files with AES-256-GCM, chunk by chunk. What is read in part is decrypted in part;
 * what is changed in part is encrypted in part.
 *
 * Whoever has the store but not the key learns the sizes, times and attributes of files (and names, unless those are
 * encrypted), and cannot change content without `EIO` for who reads it: chunks changed, swapped, left out, repeated, cut
 * off, or taken from another file. What they can do: put back an older state of a whole file, put one file in the place of
 * another, remove files. Of a file that is changed in place, they can put back single chunks of a time since it was last
 * written as a whole; so they can with a copy and its original.
 *
 * It must wait: WebCrypto does. The store has a file `/.vfs-encrypt` with the parameters, which nobody sees.
 *
 * @throws TypeError for a key that is not 32 bytes, or unless there is either a key or a passphrase.
 * @example
 * await vfs.mount("/secret", local({ root }), { layers: [encrypt({ passphrase: "correct horse battery staple" })] });
 */
export function encrypt({
  key,
  passphrase,
  iterations = 600_000,
  chunkBytes = 65_536,
  names = false,
}: EncryptOptions): Layer {
  if ((key === undefined) === (passphrase === undefined))
    throw new TypeError("encrypt() needs a key or a passphrase, and not both");
  if (key !== undefined && key.length !== 32)
    throw new TypeError(`encrypt() needs a key of 32 bytes, got ${key.length}`);
  if (passphrase === "") throw new TypeError("encrypt() needs a passphrase that is not empty");
  if (!Number.isSafeInteger(chunkBytes) || chunkBytes < 1 || chunkBytes > 1 << 24)
    throw new RangeError(`chunkBytes must be an integer from 1 to 16,777,216, got ${chunkBytes}`);
  if (!Number.isSafeInteger(iterations) || iterations < 1000 || iterations > 10_000_000)
    throw new RangeError(`iterations must be an integer from 1,000 to 10,000,000, got ${iterations}`);
  const wanted: Wanted = { key: key?.slice(), passphrase, iterations, chunkBytes, names };
  return new EncryptLayer(wanted);
}

class EncryptLayer implements Layer {
  readonly name = "encrypt";
  readonly slot = "transform";
  readonly #wanted: Wanted;
  /** One layer may stand in several stacks; each has a store of its own. */
  readonly #stores = new WeakMap<Next, Promise<EncryptedStore>>();
  #inner: Capabilities | undefined;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  caps(inner: Capabilities): Capabilities {
    const { names, chunkBytes } = this.#wanted;
    if (names && !inner.caseSensitive)
      throw new TypeError("encrypt({ names: true }) needs a store with case-sensitive names");
    this.#inner = inner;
    const { fileBytes } = inner.limits;
    const limits = {
      ...inner.limits,
      ...(fileBytes === undefined ? {} : { fileBytes: new Layout(chunkBytes).contentSize(fileBytes) }),
      ...(names ? { nameBytes: 175 } : {}),
    };
    const cannot = {
      sync: false,
      find: false,
      scan: false,
      writeMany: false,
      usage: false,
      snapshots: false,
    };
    const listRecursive = inner.listRecursive && !names;
    return Object.freeze({ ...inner, ...cannot, listRecursive, limits: Object.freeze(limits) });
  }

  handle(call: AnyCall, next: Next): Awaitable<unknown> {
    if (call.ctx.sync) throw unsupported("encryption must wait: use the asynchronous call");
    if (call.op.startsWith("file.")) return next(call as Call);
    return this.#handle(keeping(call), next);
  }

  async #handle(call: AnyCall, next: Next): Promise<unknown> {
    const store = await this.#storeOf(next);
    const { names } = store;
    if (names === READABLE) {
      if (call.path === PARAMETERS || call.to === PARAMETERS) throw reserved(call);
      return handleStored(call, call, store, next);
    }
    const stored = (call as Call).with({
      path: await names.toStore(call.path),
      to: call.to === undefined ? undefined : await names.toStore(call.to),
      ctx: await contextFor(call.ctx, names),
    }) as AnyCall;
    try {
      return await handleStored(stored, call, store, next);
    } catch (reason) {
      throw isLinkMet(reason) ? await metForUser(names, reason) : reason;
    }
  }

  #storeOf(next: Next): Promise<EncryptedStore> {
    let store = this.#stores.get(next);
    if (store === undefined) {
      store = this.#open(next);
      this.#stores.set(next, store);
      // What failed may be tried again.
      const forget = (): boolean => this.#stores.delete(next);
      store.catch(forget);
    }
    return store;
  }

  async #open(next: Next): Promise<EncryptedStore> {
    const { master, chunkBytes } = await openStore(next, this.#wanted);
    const names = this.#wanted.names ? await encryptedNames(master) : READABLE;
    const ciphers = new Ciphers(new Layout(chunkBytes), master);
    return new EncryptedStore(next, ciphers, names, this.#inner ?? { links: true, ifMatch: false });
  }
}

/** An identity knows where its root is in the store. */
async function contextFor(ctx: Context, names: Names): Promise<Context> {
  const { identity } = ctx;
  if (identity === undefined) return ctx;
  return { ...ctx, identity: { ...identity, root: await names.toStore(identity.root) } };
}

/** The name of the parameters is nobody's. */
function reserved(call: Call): VfsError {
  if (!mutates(call) || call.op === "remove") return new VfsError("ENOENT");
  return new VfsError("EPERM", { hint: `the encrypted store keeps the name ${PARAMETERS} for itself` });
}

/** The same call with bytes of its own: the caller may go on with theirs while this waits. */
function keeping(call: AnyCall): AnyCall {
  if (call.op === "append")
    return call.with({ args: { ...call.args, data: new Uint8Array(call.args.data) } });
  if (call.op !== "write" || call.args.owned === true) return call;
  return call.with({ args: { ...call.args, data: new Uint8Array(call.args.data), owned: true } });
}
