/** How requests that fail are made again. */
export interface RetryOptions {
  /** How often a request is made at the most, 6 unless told. */
  readonly attempts?: number | undefined;
  /** How long the first pause is, 100 unless told; each next one twice as long, less a part by chance. */
  readonly baseMs?: number | undefined;
  /** How long a pause is at the most, 10,000 unless told, unless the service asks for a longer one. */
  readonly mostMs?: number | undefined;
}

/** Waits between attempts. */
export class Retry {
  readonly attempts: number;
  readonly #baseMs: number;
  readonly #mostMs: number;

  constructor({ attempts = 6, baseMs = 100, mostMs = 10_000 }: RetryOptions = {}) {
    if (!Number.isInteger(attempts) || attempts < 1)
      throw new TypeError(`retry.attempts must be at least 1, got ${attempts}`);
    this.attempts = attempts;
    this.#baseMs = baseMs;
    this.#mostMs = mostMs;
  }

  /**
   * @param attempt How many have failed.
   * @param askedMs How long the service asks to wait, if it does.
   */
  async pause(attempt: number, askedMs: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    const most = Math.min(this.#mostMs, this.#baseMs * 2 ** (attempt - 1));
    await sleep(askedMs ?? most * (0.5 + Math.random() / 2), signal);
  }
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** What `Retry-After` asks for, in milliseconds. */
export function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
