import type { GuestHeader, HostHeader } from "../protocol.ts";

/** A frame from the host. */
export interface Received {
  readonly header: HostHeader;
  readonly payload: Uint8Array;
}

/** What a guest's program needs of where it runs: a process of Node, or a worker of a browser. */
export interface Place {
  /** Sends a frame; the bytes are the caller's again when it returns. */
  send(header: GuestHeader, payload?: Uint8Array): void;
  /** Waits for the next frame. Its payload goes into `into`, as much as fits there, or is given back. */
  receive(into?: Uint8Array): Received;
  /** The host's counter of changes by now. */
  generation(): number;
  /** How often the host has asked for an interrupt. */
  interrupts(): number;
  /** How much of a processor was used, in milliseconds since some moment. */
  usedMs(): number;
  /** Waits without using the processor. */
  pause(ms: number): void;
  /** Does something that is cut off for good when it takes longer, where nobody outside would do that. */
  within<T>(limitMs: number, action: () => T): T;
  /** Whether there is no host any more. */
  isAbandoned(): boolean;
  /** Ends the guest. Not by an exception, which the code could catch. */
  exit(): never;
}

let chosen: Place | undefined;

/** Says where this program runs: the first thing that it does. */
export function settle(place: Place): void {
  chosen = place;
}

/** Where this program runs. */
export function here(): Place {
  if (chosen === undefined) throw new Error("the program has not said where it runs");
  return chosen;
}
