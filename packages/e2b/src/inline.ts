import { newTemporary } from "./temporaries.ts";
import type { Remote } from "./remote/remote.ts";

/**
 * How much content goes along in a command. One argument of a command has at most 128 KiB, which content takes up as
 * base64, and the script a part.
 */
export const INLINE_BYTES: number = 64 << 10;

/** Content on its way to a script. */
export interface Sent {
  /** What the script is given; empty where it lies in a file. */
  readonly inline: string;
  /** `text` where that is the content as it is, else it is base64. */
  readonly kind: "text" | "";
  /** Where the content lies otherwise; empty where it goes along. */
  readonly staged: string;
}

/** Sends content ahead where it is too large to go along in a command: one request, or none. */
export async function send(remote: Remote, data: Uint8Array, signal: AbortSignal | undefined): Promise<Sent> {
  if (data.length <= INLINE_BYTES) return inlined(data);
  const staged = stagedPath();
  await remote.upload(staged, new Blob([data as Uint8Array<ArrayBuffer>]), signal);
  return { inline: "", kind: "", staged };
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text goes as text, which the shell can write by itself; a NUL cannot. */
function inlined(data: Uint8Array): Sent {
  if (!data.includes(0) && data.length <= TEXT_BYTES)
    try {
      return { inline: decoder.decode(data), kind: "text", staged: "" };
    } catch {
      // No text.
    }
  return { inline: Buffer.from(data).toString("base64"), kind: "", staged: "" };
}

// Of quotes four bytes are made. And what the shell writes is one write(2) up to here.
const TEXT_BYTES = 4096;

/** Where content lies until it has its place: on what every sandbox has, and everybody may write to. */
export function stagedPath(): string {
  return `/tmp/${newTemporary()}`;
}
