import type { Bytes } from "@vfs/core";
import { toBase64url } from "./text.ts";

const { subtle } = globalThis.crypto;
const encoder = new TextEncoder();
const NO_SALT: Bytes = new Uint8Array(0);

/** What the keys of a store are derived from. */
export type Master = CryptoKey;

/** @param key 32 random bytes. */
export function masterOf(key: Uint8Array): Promise<Master> {
  return subtle.importKey("raw", new Uint8Array(key), "HKDF", false, ["deriveBits", "deriveKey"]);
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
  const bits = await subtle.deriveBits(hkdf("vfs-encrypt check", NO_SALT), master, 128);
  return toBase64url(new Uint8Array(bits));
}

/** The key of one file: no file has that of another, so that no chunk fits into another file. */
export function contentKey(master: Master, fileId: Bytes): Promise<CryptoKey> {
  const algorithm = { name: "AES-GCM", length: 256 };
  return subtle.deriveKey(hkdf("vfs-encrypt content", fileId), master, algorithm, false, [
    "encrypt",
    "decrypt",
  ]);
}

/** The two keys of names: what their first bytes are computed with, and what the rest is encrypted with. */
export async function nameKeys(
  master: Master,
): Promise<{ readonly mac: CryptoKey; readonly text: CryptoKey }> {
  const mac = { name: "HMAC", hash: "SHA-256", length: 256 };
  const text = { name: "AES-CTR", length: 256 };
  return {
    mac: await subtle.deriveKey(hkdf("vfs-encrypt names", NO_SALT), master, mac, false, ["sign"]),
    text: await subtle.deriveKey(hkdf("vfs-encrypt name text", NO_SALT), master, text, false, [
      "encrypt",
      "decrypt",
    ]),
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc5869 */
function hkdf(info: string, salt: Bytes): HkdfParams {
  return { name: "HKDF", hash: "SHA-256", salt, info: encoder.encode(info) };
}
