import { newTemporary } from "./temporaries.ts";
import type { Remote } from "./remote/remote.ts";

/**
 * How much content goes along in a command. One argument of a command has at most 128 KiB, which content takes up as
 * base64, and the script a part.
 */
export const INLINE_BYTES: number = 64 << 10;

/** Content on its way to a script. */
export interface Sent {
  /** What the script is given as base64; empty where it lies in a file. */
  readonly inline: string;
  /** Where the content lies otherwise; empty where it goes along. */
  readonly staged: string;
}

/** Sends content ahead where it is too large to go along in a command: one request, or none. */
export async function send(
  remote: Remote,
  data: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Sent> {
  if (data.length <= INLINE_BYTES) return { inline: Buffer.from(data).toString("base64"), staged: "" };
  const staged = stagedPath();
  await remote.upload(staged, new Blob([data as Uint8Array<ArrayBuffer>]), signal);
  return { inline: "", staged };
}

/** Where content lies until it has its place: on what every sandbox has, and everybody may write to. */
export function stagedPath(): string {
  return `/tmp/${newTemporary()}`;
}
