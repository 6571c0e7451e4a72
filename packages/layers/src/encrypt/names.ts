import {
  chain,
  joinPath,
  LinkMet,
  namesOf,
  ROOT,
  VfsError,
  type Awaitable,
  type Bytes,
  type VPath,
} from "@vfs/core";
import { nameKeys, type Master } from "./keys.ts";
import { fromBase64url, toBase64url } from "./text.ts";

const IV_BYTES = 16;
const MOST_NAME_BYTES = 175;
const MOST_TARGET_BYTES = 3055;
const REMEMBERED = 16_384;

const encoder = new TextEncoder();

/** How names are in the store. */
export interface Names {
  toStore(path: VPath): Promise<VPath>;
  /** At once where all names on it are known. A name that is none of this store stays as it is. */
  toUser(path: VPath): Awaitable<VPath>;
  /** Undefined for a name that is none of this store. */
  nameToUser(name: string): Promise<string | undefined>;
  targetToStore(target: string): Promise<string>;
  targetToUser(target: string): Promise<string>;
  /** The length of a link's text, by that of the stored one. */
  targetSize(stored: number): number;
}

/** Names that are left as they are. */
export const READABLE: Names = {
  toStore: (path) => Promise.resolve(path),
  toUser: (path) => path,
  nameToUser: (name) => Promise.resolve(name),
  targetToStore: (target) => Promise.resolve(target),
  targetToUser: (target) => Promise.resolve(target),
  targetSize: (stored) => stored,
};

/**
 * Encrypts names, each for itself, so that a path can be looked up: the same name is always the same text. It is built as
 * SIV is: the first half is a MAC of the name, and the counter that the rest is encrypted with. Base64url of a name of 175
 * bytes is 255 long.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5297 for SIV (Rogaway, Shrimpton), here with HMAC-SHA-256 in place of S2V.
 */
export async function encryptedNames(master: Master): Promise<Names> {
  const keys = await nameKeys(master);
  const stored = new Map<string, string>();
  const plain = new Map<string, string>();

  const remember = (name: string, text: string): void => {
    if (stored.size >= REMEMBERED) {
      stored.clear();
      plain.clear();
    }
    stored.set(name, text);
    plain.set(text, name);
  };

  const mac = async (data: Bytes): Promise<Bytes> =>
    new Uint8Array(await globalThis.crypto.subtle.sign("HMAC", keys.mac, data)).slice(0, IV_BYTES);
  const counter = (iv: Bytes): AesCtrParams => ({ name: "AES-CTR", counter: iv, length: 64 });

  const seal = async (text: string): Promise<string> => {
    const data = encoder.encode(text);
    const iv = await mac(data);
    const sealed = await globalThis.crypto.subtle.encrypt(counter(iv), keys.text, data);
    const whole = new Uint8Array(IV_BYTES + data.length);
    whole.set(iv);
    whole.set(new Uint8Array(sealed), IV_BYTES);
    return toBase64url(whole);
  };

  const unseal = async (text: string): Promise<string | undefined> => {
    const whole = fromBase64url(text);
    if (whole === undefined || whole.length <= IV_BYTES) return undefined;
    const iv = whole.slice(0, IV_BYTES);
    const sealed = whole.slice(IV_BYTES);
    const data = new Uint8Array(await globalThis.crypto.subtle.decrypt(counter(iv), keys.text, sealed));
    const expected = await mac(data);
    // Nobody learns anything from how long this takes: who sees it has the key.
    return iv.every((byte, i) => byte === expected[i]) ? new TextDecoder().decode(data) : undefined;
  };

  const nameToStore = async (name: string): Promise<string> => {
    const known = stored.get(name);
    if (known !== undefined) return known;
    if (encoder.encode(name).length > MOST_NAME_BYTES)
      throw new VfsError("ENAMETOOLONG", {
        hint: `a name that is encrypted has at most ${MOST_NAME_BYTES} bytes`,
      });
    const text = await seal(name);
    remember(name, text);
    return text;
  };

  const nameToUser = async (text: string): Promise<string | undefined> => {
    const known = plain.get(text);
    if (known !== undefined) return known;
    const name = await unseal(text);
    if (name !== undefined) remember(name, text);
    return name;
  };

  return {
    nameToUser,
    toStore: async (path) => {
      const names = await Promise.all(namesOf(path).map(nameToStore));
      return names.reduce<VPath>(joinPath, ROOT);
    },
    toUser: (path) => {
      const texts = namesOf(path);
      const known = texts.map((text) => plain.get(text));
      const found = known.includes(undefined) ? Promise.all(texts.map(nameToUser)) : known;
      return chain(found, (names) =>
        names.map((name, i) => name ?? texts[i] ?? "").reduce<VPath>(joinPath, ROOT),
      );
    },
    targetToStore: async (target) => {
      if (encoder.encode(target).length > MOST_TARGET_BYTES)
        throw new VfsError("ENAMETOOLONG", {
          hint: `the text of a link that is encrypted has at most ${MOST_TARGET_BYTES} bytes`,
        });
      return seal(target);
    },
    targetToUser: async (text) => {
      const target = await unseal(text);
      if (target === undefined)
        throw new VfsError("EIO", { hint: "the text of the link was not written with this key" });
      return target;
    },
    targetSize: (size) => Math.max(0, Math.floor((size * 3) / 4) - IV_BYTES),
  };
}

/** A link that was met, as the user knows it. */
export async function metForUser(names: Names, { at, target, rest }: LinkMet): Promise<LinkMet> {
  const below = rest === "" ? "" : (await names.toUser(`/${rest}` as VPath)).slice(1);
  return new LinkMet(await names.toUser(at), await names.targetToUser(target), below);
}
