import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { Refusal } from "./refusal.ts";

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
const ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** A digest as S3 keeps it beside an object. */
export interface Checksum {
  readonly algorithm: Algorithm;
  /** Base64; with `-N` behind it where it is one of N parts' digests. */
  readonly value: string;
  readonly type: "FULL_OBJECT" | "COMPOSITE";
}

/** The header or trailer that a digest travels in. */
export function headerOf(algorithm: Algorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export function algorithmOf(name: string): Algorithm {
  const found = ALGORITHMS.find((one) => one === name.toUpperCase());
  if (found === undefined) throw new Refusal("InvalidRequest", "Checksum algorithm provided is unsupported.");
  return found;
}

/** The digest of some bytes, as Base64. */
export function digest(algorithm: Algorithm, data: Uint8Array): string {
  switch (algorithm) {
    case "CRC32":
      return uint32(crc32(data));
    case "CRC32C":
      return uint32(crc32c(data));
    case "CRC64NVME":
      return crc64nvme(data);
    case "SHA1":
      return createHash("sha1").update(data).digest("base64");
    case "SHA256":
      return createHash("sha256").update(data).digest("base64");
  }
}

/** The digest of an object in parts: of the whole, or of the parts' digests. */
export function digestOfParts(
  algorithm: Algorithm,
  type: Checksum["type"],
  parts: readonly Uint8Array[],
  whole: Uint8Array,
): string {
  if (type === "FULL_OBJECT") return digest(algorithm, whole);
  const digests = parts.map((part) => Buffer.from(digest(algorithm, part), "base64"));
  return `${digest(algorithm, Buffer.concat(digests))}-${parts.length}`;
}

/**
 * Finds the digest that a request gives, in a header or in a trailer, and compares it with the content.
 *
 * @param standard The algorithm where the client names none: the service takes CRC64NVME then, this one what Node has.
 */
export function checkedDigest(
  headers: Readonly<Record<string, string>>,
  data: Uint8Array,
  standard: Algorithm = "CRC32",
): Checksum {
  const md5 = headers["content-md5"];
  if (md5 !== undefined) checkMd5(md5, data);
  const given = ALGORITHMS.filter((algorithm) => headers[headerOf(algorithm)] !== undefined);
  if (given.length > 1) throw new Refusal("InvalidRequest", "Expecting a single x-amz-checksum- header");
  const named = headers["x-amz-sdk-checksum-algorithm"] ?? headers["x-amz-checksum-algorithm"];
  const algorithm = given[0] ?? (named === undefined ? standard : algorithmOf(named));
  const value = digest(algorithm, data);
  if (given.length === 1 && headers[headerOf(algorithm)] !== value) throw wrongDigest(algorithm);
  return { algorithm, value, type: "FULL_OBJECT" };
}

function wrongDigest(algorithm: Algorithm): Refusal {
  return new Refusal("BadDigest", `The ${algorithm} you specified did not match the calculated checksum.`);
}

function checkMd5(given: string, data: Uint8Array): void {
  if (Buffer.from(given, "base64").length !== 16) throw new Refusal("InvalidDigest");
  if (createHash("md5").update(data).digest("base64") !== given) throw new Refusal("BadDigest");
}

function uint32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString("base64");
}

const CASTAGNOLI = table32(0x82f63b78);

function table32(polynomial: number): Uint32Array {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    table[i] = value >>> 0;
  }
  return table;
}

function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (CASTAGNOLI[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The tables of the two halves: numbers of 64 bits as `bigint` would take seconds for a part of 5 MiB. */
const NVME = tables64(0x9a6c9329, 0xac4bc9b5);

function tables64(highPolynomial: number, lowPolynomial: number): { high: Uint32Array; low: Uint32Array } {
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    let h = 0;
    let l = i;
    for (let bit = 0; bit < 8; bit++) {
      const odd = l & 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (odd) {
        h ^= highPolynomial;
        l ^= lowPolynomial;
      }
    }
    high[i] = h >>> 0;
    low[i] = l >>> 0;
  }
  return { high, low };
}

/** @see https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-64-nvme */
function crc64nvme(data: Uint8Array): string {
  let high = 0xffffffff;
  let low = 0xffffffff;
  for (const byte of data) {
    const at = (low ^ byte) & 255;
    low = ((low >>> 8) | (high << 24)) ^ (NVME.low[at] ?? 0);
    high = (high >>> 8) ^ (NVME.high[at] ?? 0);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(~high >>> 0);
  bytes.writeUInt32BE(~low >>> 0, 4);
  return bytes.toString("base64");
}
