import type { Bytes } from "@vfs/core";
import { NODE, type NodeKey } from "./node-crypto.ts";
import { toBase64url } from "./text.ts";

const { subtle } = globalThis.crypto;
const encoder = new TextEncoder();
const NO_SALT: Bytes = new Uint8Array(0);

/** What the keys of a store are derived from. */
export interface Master {
  readonly web: CryptoKey;
  /** Node's form of it, where there is Node. */
  readonly node: NodeKey | undefined;
}

/** @param key 32 random bytes. */
export async function masterOf(key: Uint8Array): Promise<Master> {
  const bytes = new Uint8Array(key);
  return {
    web: await subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits", "deriveKey"]),
    node: NODE?.createSecretKey(bytes),
  };
}

/**
 * The master of a passphrase, by PBKDF2 with SHA-256.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#pbkdf2 for the iterations.
 */
export async function masterOfPassphrase(
  passphrase: string,
  salt: Bytes,
  iterations: number,
): Promise<Master> {
  const text = encoder.encode(passphrase.normalize("NFC"));
  const base = await subtle.importKey("raw", text, "PBKDF2", false, ["deriveBits"]);
  const bits = await subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, base, 256);
  return masterOf(new Uint8Array(bits));
}

/** A value by which a key is known without being told. */
export async function checkOf(master: Master): Promise<string> {
  const bits = await subtle.deriveBits(hkdf("vfs-encrypt check", NO_SALT), master.web, 128);
  return toBase64url(new Uint8Array(bits));
}

/** The two keys of names: what their first bytes are computed with, and what the rest is encrypted with. */
export async function nameKeys(
  master: Master,
): Promise<{ readonly mac: CryptoKey; readonly text: CryptoKey }> {
  const mac = { name: "HMAC", hash: "SHA-256", length: 256 };
  const text = { name: "AES-CTR", length: 256 };
  return {
    mac: await subtle.deriveKey(hkdf("vfs-encrypt names", NO_SALT), master.web, mac, false, ["sign"]),
    text: await subtle.deriveKey(hkdf("vfs-encrypt name text", NO_SALT), master.web, text, false, [
      "encrypt",
      "decrypt",
    ]),
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc5869 */
export function hkdf(info: string, salt: Bytes): HkdfParams & { readonly info: Bytes; readonly salt: Bytes } {
  return { name: "HKDF", hash: "SHA-256", salt, info: encoder.encode(info) };
}
