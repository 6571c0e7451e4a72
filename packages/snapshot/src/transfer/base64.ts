import type { Bytes } from "@vfs/core";

const BLOCK = 1 << 15;

/** The bytes that base64 stands for; undefined for what is none. */
export function fromBase64(text: string): Bytes | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  // As arguments of one call: there may not be too many of them.
  for (let at = 0; at < bytes.length; at += BLOCK)
    text += String.fromCharCode(...bytes.subarray(at, at + BLOCK));
  return btoa(text);
}
