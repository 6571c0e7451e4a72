import type { Bytes } from "@vfs/core";

/** A key as Node has it: its bytes are not in the heap of JavaScript. */
export type NodeKey = { readonly type: string };

/** What is used of `node:crypto`. */
export interface NodeCrypto {
  createSecretKey(key: Uint8Array): NodeKey;
  hkdfSync(digest: string, key: NodeKey, salt: Uint8Array, info: Uint8Array, bytes: number): ArrayBuffer;
  createCipheriv(
    algorithm: "aes-256-gcm",
    key: NodeKey,
    iv: Uint8Array,
  ): NodeCipher & { getAuthTag(): Bytes };
  createDecipheriv(
    algorithm: "aes-256-gcm",
    key: NodeKey,
    iv: Uint8Array,
  ): NodeCipher & { setAuthTag(tag: Uint8Array): void };
}

interface NodeCipher {
  setAAD(data: Uint8Array): void;
  update(data: Uint8Array): Bytes;
  final(): Bytes;
}

interface WithBuiltins {
  readonly process?: { getBuiltinModule?(name: "node:crypto"): NodeCrypto };
}

/** Node's own cryptography, where there is Node. */
export const NODE: NodeCrypto | undefined = (globalThis as WithBuiltins).process?.getBuiltinModule?.(
  "node:crypto",
);
