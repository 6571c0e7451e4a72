import type { Awaitable, Bytes } from "@vfs/core";
import { hkdf, type Master } from "./keys.ts";
import { NODE, type NodeKey } from "./node-crypto.ts";

const INFO = "vfs-encrypt content";
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const ALGORITHM = "aes-256-gcm";

/**
 * What Node encrypts at once. A job of Web Crypto costs 40 to 90 us, as long as it takes to encrypt 16 KiB; what is larger is
 * encrypted beside the event loop, several chunks at a time.
 */
const AT_ONCE_BYTES = 16 * 1024;

/** What a chunk is encrypted with beside the key. */
export interface Sealing {
  readonly iv: Bytes;
  readonly additionalData: Bytes;
}

/**
 * The key of one file: no file has that of another, so that no chunk fits into another file. AES-256-GCM with tags of 16
 * bytes, by Node's own cryptography where that is faster, and by Web Crypto: both give the same bytes.
 */
export class ContentKey {
  readonly #master: Master;
  readonly #fileId: Bytes;
  #web: Promise<CryptoKey> | undefined;
  #node: NodeKey | undefined;

  constructor(master: Master, fileId: Bytes) {
    this.#master = master;
    this.#fileId = fileId;
  }

  /** The content encrypted, and its tag. */
  seal(sealing: Sealing, content: Bytes): Awaitable<Bytes> {
    const key = content.length <= AT_ONCE_BYTES ? this.#nodeKey() : undefined;
    if (NODE === undefined || key === undefined) return this.#sealByWeb(sealing, content);
    const cipher = NODE.createCipheriv(ALGORITHM, key, sealing.iv);
    cipher.setAAD(sealing.additionalData);
    const sealed = new Uint8Array(content.length + TAG_BYTES);
    sealed.set(cipher.update(content));
    cipher.final();
    sealed.set(cipher.getAuthTag(), content.length);
    return sealed;
  }

  /** @throws Error for what was not sealed so. */
  open(sealing: Sealing, sealed: Bytes): Awaitable<Bytes> {
    const key = sealed.length <= AT_ONCE_BYTES + TAG_BYTES ? this.#nodeKey() : undefined;
    if (NODE === undefined || key === undefined) return this.#openByWeb(sealing, sealed);
    const decipher = NODE.createDecipheriv(ALGORITHM, key, sealing.iv);
    decipher.setAAD(sealing.additionalData);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const content = new Uint8Array(decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)));
    // Tells whether the tag is right: nothing is given out before.
    decipher.final();
    return content;
  }

  async #sealByWeb(sealing: Sealing, content: Bytes): Promise<Bytes> {
    const key = await this.#webKey();
    return new Uint8Array(await globalThis.crypto.subtle.encrypt(forWeb(sealing), key, content));
  }

  async #openByWeb(sealing: Sealing, sealed: Bytes): Promise<Bytes> {
    const key = await this.#webKey();
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(forWeb(sealing), key, sealed));
  }

  #nodeKey(): NodeKey | undefined {
    const { node } = this.#master;
    if (this.#node !== undefined || NODE === undefined || node === undefined) return this.#node;
    const { salt, info } = hkdf(INFO, this.#fileId);
    const bytes = NODE.hkdfSync("sha256", node, salt, info, KEY_BYTES);
    return (this.#node = NODE.createSecretKey(new Uint8Array(bytes)));
  }

  #webKey(): Promise<CryptoKey> {
    const algorithm = { name: "AES-GCM", length: KEY_BYTES * 8 };
    return (this.#web ??= globalThis.crypto.subtle.deriveKey(
      hkdf(INFO, this.#fileId),
      this.#master.web,
      algorithm,
      false,
      ["encrypt", "decrypt"],
    ));
  }
}

function forWeb(sealing: Sealing): AesGcmParams {
  return { name: "AES-GCM", tagLength: TAG_BYTES * 8, ...sealing };
}
