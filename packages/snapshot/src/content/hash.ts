import type { Bytes } from "@vfs/core";

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** SHA-256 in lower-case hex. */
export async function sha256(bytes: Bytes): Promise<string> {
  let text = "";
  for (const byte of new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))) text += HEX[byte];
  return text;
}
