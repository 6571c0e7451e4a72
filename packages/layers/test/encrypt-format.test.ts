import { createVfs, type Bytes } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { bytes } from "./bytes.ts";
import { HEADER, key, mounted } from "./encrypted.ts";

const { subtle } = globalThis.crypto;
const NONCE = 12;
const OVERHEAD = 28;

/** How chunk 0, the only one of a file, is encrypted: by Web Crypto alone, as it is where there is no Node. */
async function cipherOf(header: Bytes, chunkBytes: number, iv: Bytes): Promise<[AesGcmParams, CryptoKey]> {
  const master = await subtle.importKey("raw", key, "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode("vfs-encrypt content");
  const derived = await subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: header.slice(8), info },
    master,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
  const additionalData = new Uint8Array(17);
  additionalData[8] = 1;
  new DataView(additionalData.buffer).setUint32(9, chunkBytes);
  additionalData[16] = 1;
  return [{ name: "AES-GCM", iv, additionalData, tagLength: 128 }, derived];
}

describe("encrypt › a stored file", () => {
  // At most 16 KiB are encrypted at once, where that can be done.
  for (const size of [0, 1, 1000, 16 * 1024, 16 * 1024 + 1, 60_000])
    it(`of ${size} bytes is what Web Crypto makes of it, and is read when that has made it`, async () => {
      const chunkBytes = 64 * 1024;
      const store = memory();
      const vfs = await mounted(store, { chunkBytes });
      const content = bytes(size);
      await vfs.writeFile("/f", content);
      const raw = createVfs(store);
      const stored = await raw.readFile("/f");
      const header = stored.slice(0, HEADER);
      const [sealing, derived] = await cipherOf(header, chunkBytes, stored.slice(HEADER, HEADER + NONCE));
      const read = await subtle.decrypt(sealing, derived, stored.slice(HEADER + NONCE));
      expect(new Uint8Array(read)).toEqual(content);

      const other = content.map((byte) => byte ^ 0xff);
      const [again] = await cipherOf(header, chunkBytes, new Uint8Array(NONCE).fill(9));
      const sealed = new Uint8Array(HEADER + OVERHEAD + size);
      sealed.set(header);
      sealed.set(again.iv as Bytes, HEADER);
      sealed.set(new Uint8Array(await subtle.encrypt(again, derived, other)), HEADER + NONCE);
      await raw.writeFile("/f", sealed);
      expect(await vfs.readFile("/f")).toEqual(other);
    });
});
