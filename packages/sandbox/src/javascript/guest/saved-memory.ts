import { call } from "../../python/guest/channel.ts";
import { PAYLOAD_BYTES } from "../../protocol.ts";

// Says that it is one of JavaScript, and how it is written.
const MAGIC = "vfs-javascript-1\n";

/** Hands a checkpoint over to the host, in pieces. */
export function saveMemory(saved: string): void {
  const bytes = Buffer.from(MAGIC + saved);
  for (let at = 0; at < bytes.length; at += PAYLOAD_BYTES)
    call("save", [], bytes.subarray(at, at + PAYLOAD_BYTES));
}

/**
 * Takes one from the host.
 *
 * @throws TypeError for what is none.
 */
export function loadMemory(): string {
  const parts: Buffer[] = [];
  for (let size = 0; ;) {
    const into = Buffer.alloc(PAYLOAD_BYTES);
    const length = call("load", [size], undefined, into) as number;
    if (length === 0) break;
    parts.push(into.subarray(0, length));
    size += length;
  }
  const text = Buffer.concat(parts).toString();
  if (!text.startsWith(MAGIC)) throw new TypeError("this is no checkpoint of this version of JavaScript");
  return text.slice(MAGIC.length);
}
