import { here } from "../../guest/place.ts";
import type { Cause } from "../../protocol.ts";

/** The host's counter of changes by now. */
export function generation(): number {
  return here().generation();
}

// How often the host is looked at, and how often code that goes on after an interrupt is interrupted again.
const LOOK_MS = 10;
const AGAIN_MS = 50;
// The host ends what is still running this long after its time, if there is a host.
const GRACE_MS = 1000;

/** Tells the interpreter, which asks every few instructions, whether to interrupt what it runs. */
export class Watch {
  #deadline = Infinity;
  #cause: Cause | undefined;
  #nextLook = 0;
  #nextInterrupt = 0;
  #seenInterrupts = 0;
  /** When this much of the processor is used, in milliseconds since the process began. */
  #mostCpuMs = Infinity;
  #cpuStartMs = 0;

  /** Why the last piece of code was interrupted, if it was. */
  get cause(): Cause | undefined {
    return this.#cause;
  }

  /**
   * @param interrupts How often the host had asked for an interrupt before this.
   * @param cpuMs How much of the processor may be used.
   */
  start(timeoutMs: number, interrupts: number, cpuMs: number = Infinity): void {
    this.#cpuStartMs = usedMs();
    this.#mostCpuMs = this.#cpuStartMs + cpuMs;
    this.#cause = undefined;
    this.#nextLook = 0;
    this.#nextInterrupt = 0;
    this.#seenInterrupts = interrupts;
    this.#deadline = performance.now() + timeoutMs;
  }

  stop(): void {
    this.#deadline = Infinity;
  }

  /** How much of the processor was used since the start, in milliseconds. */
  get cpuMs(): number {
    return usedMs() - this.#cpuStartMs;
  }

  /** Interrupts at the next question. */
  interrupt(cause: Cause): void {
    this.#cause ??= cause;
  }

  /** The code has ended by an interrupt: it is not interrupted again while it is told how. */
  calm(): void {
    if (this.#cause !== undefined) this.#nextInterrupt = Infinity;
  }

  /** Whether to interrupt now: once, and then again after a while. */
  due(): boolean {
    const now = performance.now();
    if (!this.#isWanted(now) || now < this.#nextInterrupt) return false;
    this.#nextInterrupt = now + AGAIN_MS;
    return true;
  }

  /** Whether the code is to end, so that waiting makes no sense. */
  wanted(): boolean {
    return this.#isWanted(performance.now());
  }

  #isWanted(now: number): boolean {
    if (this.#deadline === Infinity) return false;
    if (now > this.#nextLook) {
      this.#nextLook = now + LOOK_MS;
      // Code that minds no interrupt is not to outlive those who could end it.
      if (here().isAbandoned() || now > this.#deadline + GRACE_MS) here().exit();
      if (here().interrupts() !== this.#seenInterrupts) this.#cause ??= "asked";
      if (usedMs() > this.#mostCpuMs) this.#cause ??= "cpu";
    }
    if (now > this.#deadline) this.#cause ??= "timeout";
    return this.#cause !== undefined;
  }
}

function usedMs(): number {
  return here().usedMs();
}

/**
 * Does something that may take some time and a grace: what asks no watch, in C, is cut off then, for good.
 *
 * @throws Error when it is cut off: what it worked on is in no state to go on.
 */
export function within<T>(timeoutMs: number, action: () => T): T {
  return here().within(Math.ceil(timeoutMs) + GRACE_MS, action);
}

/** Waits without using the processor. */
export function pause(ms: number): void {
  here().pause(ms);
}
