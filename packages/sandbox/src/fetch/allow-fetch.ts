import type { DescribedCallback } from "../engine.ts";
import { unlessGivenUp } from "../execution.ts";
import { bodyOf, exchange, type Sent } from "./exchange.ts";
import { FetchPolicy, FetchRefused, type FetchRules } from "./fetch-rules.ts";

/** What code may fetch, and how much of it. */
export interface AllowFetchOptions extends FetchRules {
  /** How large a body may be, in bytes, of a request or an answer; 2 MiB unless told. */
  readonly bodyBytes?: number | undefined;
  /** How long a request may take with all that it is redirected to, in milliseconds; 8,000 unless told. */
  readonly timeoutMs?: number | undefined;
  /** How often it may be redirected; 5 unless told. */
  readonly redirects?: number | undefined;
}

/** What the code is answered. */
export interface Fetched {
  readonly status: number;
  /** What was fetched in the end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

// The connection is the host's own business.
const HOST_HEADERS =
  /^(?:host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|keep-alive|accept-encoding|proxy-.*)$/i;
// What is meant for one host is not told to another.
const SECRET_HEADERS = /^(?:authorization|cookie)$/i;

/**
 * A callback by which code fetches from hosts that are named, and from nothing else. Each host is checked by its name and
 * by the addresses that it has, also after a redirect; the connection goes to an address that was checked.
 *
 * @example
 * const session = await createSession({ vfs, engine: python(), callbacks: { fetch: allowFetch({ hosts: ["api.example.com"] }) } });
 * await session.execute("fetch('https://api.example.com/prices')['body']");
 *
 * @throws TypeError or RangeError for rules that make no sense.
 */
export function allowFetch(options: AllowFetchOptions): DescribedCallback {
  const { bodyBytes = 2 << 20, timeoutMs = 8000, redirects = 5 } = options;
  for (const [name, value] of Object.entries({ bodyBytes, timeoutMs, redirects }))
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`${name} must be a whole number, got ${String(value)}`);
  const fetcher = new Fetcher(new FetchPolicy(options), bodyBytes, redirects);
  return {
    signature:
      "(url: str, method: str = 'GET', headers: dict[str, str] | None = None, body: bytes | str | None = None) -> dict",
    doc: `Fetches a URL of ${options.hosts.join(", ")}: a dict with status, url, headers and body (bytes).`,
    run: (url: unknown, method: unknown, headers: unknown, body: unknown) =>
      fetcher.fetch(url, method, headers, body, AbortSignal.timeout(timeoutMs)),
  };
}

class Fetcher {
  readonly #policy: FetchPolicy;
  readonly #bodyBytes: number;
  readonly #redirects: number;

  constructor(policy: FetchPolicy, bodyBytes: number, redirects: number) {
    this.#policy = policy;
    this.#bodyBytes = bodyBytes;
    this.#redirects = redirects;
  }

  async fetch(
    url: unknown,
    method: unknown,
    headers: unknown,
    body: unknown,
    signal: AbortSignal,
  ): Promise<Fetched> {
    if (typeof url !== "string") throw new TypeError("url must be a text");
    let sent = this.#sent(method ?? "GET", headers ?? {}, body ?? undefined);
    let place: string | URL = url;
    for (let hops = 0; ; hops++) {
      this.#policy.checkMethod(sent.method);
      const target = await unlessGivenUp(signal, this.#policy.target(place));
      const answer = await exchange(target, sent, signal);
      const { statusCode: status = 0, headers: told } = answer;
      if (told.location === undefined || !REDIRECTS.has(status))
        return {
          status,
          url: target.url.href,
          headers: Object.fromEntries(Object.entries(told).map(([name, value]) => [name, String(value)])),
          body: await bodyOf(answer, this.#bodyBytes),
        };
      answer.destroy();
      if (hops >= this.#redirects) throw new FetchRefused(`redirected more than ${this.#redirects} times`);
      const next = URL.parse(told.location, target.url.href);
      if (next === null) throw new FetchRefused("redirected to what is no URL");
      sent = redirected(sent, status, next.origin === target.url.origin);
      place = next;
    }
  }

  #sent(method: unknown, headers: unknown, body: unknown): Sent {
    if (typeof method !== "string" || typeof headers !== "object" || headers === null)
      throw new TypeError("method must be a text and headers texts by name");
    for (const [name, value] of Object.entries(headers)) {
      if (typeof value !== "string") throw new TypeError(`the header ${name} must be a text`);
      if (HOST_HEADERS.test(name)) throw new FetchRefused(`the header ${name} is not allowed`);
    }
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    if (bytes !== undefined && !(bytes instanceof Uint8Array))
      throw new TypeError("body must be bytes or a text");
    if (bytes !== undefined && bytes.length > this.#bodyBytes)
      throw new RangeError(`the body is larger than the ${this.#bodyBytes} bytes that it may have`);
    return { method: method.toUpperCase(), headers: headers as Record<string, string>, body: bytes };
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What is sent to where a request was redirected to. */
function redirected({ method, headers, body }: Sent, status: number, isSameOrigin: boolean): Sent {
  const kept = Object.entries(headers).filter(([name]) => isSameOrigin || !SECRET_HEADERS.test(name));
  const asGet = status === 303 ? method !== "HEAD" : status < 303 && method === "POST";
  const left = asGet ? kept.filter(([name]) => !/^content-/i.test(name)) : kept;
  return asGet
    ? { method: "GET", headers: Object.fromEntries(left), body: undefined }
    : { method, headers: Object.fromEntries(left), body };
}
