// CRC-32 as zip and PNG have it (https://www.w3.org/TR/png-3/#D-CRCAppendix): there is none in the platform, and a digest
// of SubtleCrypto must be waited for.
const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** A number that tells whether bytes are what they were. */
export function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const MIX = 0x9e3779b1 | 0;

/**
 * The same for much at once, four bytes a step: where a store is opened nothing is compiled yet. Whatever changes within
 * one of these steps is seen for sure, anything else but for once in 2 ** 32.
 */
export function quickSum(bytes: Uint8Array<ArrayBuffer>): number {
  const whole = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Int32Array(whole.buffer, whole.byteOffset, whole.length >>> 2);
  let sum = whole.length | 0;
  for (const word of words) sum = Math.imul(((sum << 5) | (sum >>> 27)) ^ word, MIX);
  for (let at = words.length << 2; at < whole.length; at++)
    sum = Math.imul(((sum << 5) | (sum >>> 27)) ^ (whole[at] ?? 0), MIX);
  return sum >>> 0;
}
