import { readSync } from "node:fs";
import { CONTROL, GUEST_FDS } from "../../protocol.ts";

const number = new DataView(new ArrayBuffer(8));

function readControl(offset: number): number {
  readSync(GUEST_FDS.control, number, 0, 8, offset);
  return number.getFloat64(0, true);
}

/** The host's counter of changes by now. */
export function generation(): number {
  return readControl(CONTROL.generation);
}

/** Why a piece of code is interrupted. */
export type Cause = "timeout" | "output" | "asked";

// How often the control file is looked at, and how often code that goes on after an interrupt is interrupted again.
const LOOK_MS = 10;
const AGAIN_MS = 50;

/** Tells the interpreter, which asks every few instructions, whether to interrupt what it runs. */
export class Watch {
  #deadline = Infinity;
  #cause: Cause | undefined;
  #nextLook = 0;
  #nextInterrupt = 0;
  #seenInterrupts = 0;

  /** Why the last piece of code was interrupted, if it was. */
  get cause(): Cause | undefined {
    return this.#cause;
  }

  /** @param interrupts How often the host had asked for an interrupt before this. */
  start(timeoutMs: number, interrupts: number): void {
    this.#cause = undefined;
    this.#nextLook = 0;
    this.#nextInterrupt = 0;
    this.#seenInterrupts = interrupts;
    this.#deadline = performance.now() + timeoutMs;
  }

  stop(): void {
    this.#deadline = Infinity;
  }

  /** Interrupts at the next question. */
  interrupt(cause: Cause): void {
    this.#cause ??= cause;
  }

  /** Whether to interrupt now. */
  due(): boolean {
    if (this.#deadline === Infinity) return false;
    const now = performance.now();
    if (now > this.#deadline) this.#cause ??= "timeout";
    else if (now > this.#nextLook) {
      this.#nextLook = now + LOOK_MS;
      if (readControl(CONTROL.interrupt) !== this.#seenInterrupts) this.#cause ??= "asked";
    }
    if (this.#cause === undefined || now < this.#nextInterrupt) return false;
    this.#nextInterrupt = now + AGAIN_MS;
    return true;
  }
}

const nobody = new Int32Array(new SharedArrayBuffer(4));

/** Waits without using the processor. */
export function pause(ms: number): void {
  Atomics.wait(nobody, 0, 0, ms);
}
