import { isMarkedAsUntransferable, type MessagePort } from "node:worker_threads";
import type { Bytes, Capabilities, Context } from "@vfs/core";
import type { WireThrown } from "./wire-errors.ts";

/** What of a caller's context crosses to the worker, where nobody is synchronous and signals are made anew. */
export type WireContext = Omit<Context, "sync" | "signal">;

/** What a call is made on: a store, one of its open files, or one of its streams, by number. */
export type Target = "store" | "file" | "stream";

/** From the caller to the worker. */
export type Request =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly target: Target;
      readonly number: number;
      readonly method: string;
      readonly args: readonly unknown[];
      readonly ctx: WireContext | undefined;
    }
  | { readonly kind: "provide"; readonly id: number; readonly data: unknown }
  | { readonly kind: "chunk"; readonly id: number; readonly chunk: Bytes | undefined }
  | { readonly kind: "noChunk"; readonly id: number }
  | { readonly kind: "abort"; readonly id: number }
  | { readonly kind: "forget"; readonly id: number };

/** From the worker to the caller. */
export type Reply =
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly thrown: WireThrown }
  | { readonly kind: "pull"; readonly id: number }
  | { readonly kind: "dying"; readonly thrown: WireThrown };

/** What the worker tells about a store. */
export interface StoreInfo {
  readonly number: number;
  readonly name: string;
  readonly caps: Capabilities;
  readonly inodeSpace: string | undefined;
  /** The methods that it has. */
  readonly methods: readonly string[];
}

/** An open file, as the worker tells of it. */
export interface FileInfo {
  readonly number: number;
  readonly setStat: boolean;
}

/** How a read on an open file is answered: what is behind `bytesRead` in `data` means nothing. */
export interface FileRead {
  readonly data: Bytes;
  readonly bytesRead: number;
}

/** What a worker is started with. */
export interface Start {
  readonly module: string;
  readonly data: unknown;
  readonly port: MessagePort;
  readonly flags: Int32Array<SharedArrayBuffer>;
}

/** The number of the call that makes the first store. */
export const FIRST_CALL = 0;

/** Where in the shared flags the worker counts its messages, and where it tells that it has ended. */
export const MESSAGES = 0;
export const ENDED = 1;

/** Bytes that can be moved to the other thread: those of a whole buffer as they are, others in a copy. */
export function movable(bytes: Uint8Array): Bytes {
  const { buffer } = bytes;
  const whole = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return whole && !isMarkedAsUntransferable(buffer) ? (bytes as Bytes) : new Uint8Array(bytes);
}
