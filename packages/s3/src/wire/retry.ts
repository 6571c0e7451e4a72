import { isFailure, isPassing, mayBeDone, type S3Failure } from "./failure.ts";

/** How often and how patiently a request is made again. */
export interface RetryOptions {
  /** How many attempts at the most, the first one included. */
  readonly attempts?: number | undefined;
  /** The first pause is a random part of this, each later one of twice as much as the one before. */
  readonly baseMs?: number | undefined;
  /** No pause is longer. */
  readonly mostMs?: number | undefined;
  /** No attempt begins later than this after the first one. */
  readonly totalMs?: number | undefined;
}

/** As many retries as a healthy client needs, and few where a service is down: a shared account of them. */
const TOKENS = 500;
const RETRY_COST = 5;
const TIMEOUT_COST = 10;

/**
 * Makes requests again that may succeed then, after a random pause.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export class Retry {
  readonly #attempts: number;
  readonly #baseMs: number;
  readonly #mostMs: number;
  readonly #totalMs: number;
  #tokens = TOKENS;

  constructor({ attempts = 10, baseMs = 100, mostMs = 15_000, totalMs = 180_000 }: RetryOptions = {}) {
    if (!(attempts >= 1)) throw new RangeError(`retry.attempts must be at least 1, got ${attempts}`);
    this.#attempts = attempts;
    this.#baseMs = baseMs;
    this.#mostMs = mostMs;
    this.#totalMs = totalMs;
  }

  /** Runs a request until it succeeds, or fails for good. */
  async run<T>(signal: AbortSignal | undefined, request: () => Promise<T>): Promise<T> {
    const begunMs = Date.now();
    let ambiguous = false;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      try {
        const value = await request();
        this.#tokens = Math.min(TOKENS, this.#tokens + 1);
        return value;
      } catch (reason) {
        signal?.throwIfAborted();
        if (!isFailure(reason)) throw reason;
        reason.ambiguous = ambiguous;
        if (!isPassing(reason) || attempt >= this.#attempts || !this.#pay(reason)) throw reason;
        ambiguous ||= mayBeDone(reason);
        const pauseMs = this.pauseMs(attempt);
        if (Date.now() + pauseMs - begunMs > this.#totalMs) throw reason;
        await sleep(pauseMs, signal);
      }
    }
  }

  /** A random pause before the attempt behind the n-th. */
  pauseMs(attempt: number): number {
    return Math.random() * Math.min(this.#mostMs, this.#baseMs * 2 ** (attempt - 1));
  }

  #pay({ code }: S3Failure): boolean {
    const cost = code === "TimeoutError" || code === "ETIMEDOUT" ? TIMEOUT_COST : RETRY_COST;
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }
}

/** Waits; ends early with the signal's reason. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
