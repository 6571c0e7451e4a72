import type { IncomingHttpHeaders } from "node:http";
import type { Bytes } from "@vfs/core";
import { Pool, type Dispatcher } from "undici";
import { S3Failure } from "./failure.ts";
import type { Address } from "./sdk-client.ts";

/** A request with its signature. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

/** By their names in lower case. */
type ReplyHeaders = Readonly<Record<string, string | undefined>>;

export interface Reply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly body: Bytes;
}

/** A connection that says nothing for so long is given up. */
const SILENCE_MS = 60_000;
/** So slow may a connection be that carries a body to the service, which says nothing meanwhile. */
const LEAST_BYTES_PER_MS = 16;
/** As many connections as anybody may have under way. */
const SOCKETS = 128;

/**
 * Sends requests to one address, over connections that stay open. With undici: `node:http` takes twice the time of a
 * processor for each, as much as all else that a small request costs.
 */
export class Http {
  readonly #pool: Pool;

  constructor({ isSecure, hostname, port }: Address) {
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    this.#pool = new Pool(`${isSecure ? "https" : "http"}://${host}`, {
      connections: SOCKETS,
      bodyTimeout: SILENCE_MS,
    });
  }

  /** @throws S3Failure when there is no whole answer; the signal's reason when it is aborted. */
  send(request: SignedRequest, signal: AbortSignal | undefined): Promise<Reply> {
    const { method, path, headers, body = null } = request;
    return new Promise((resolve, reject) => {
      const options: Dispatcher.DispatchOptions = {
        method,
        path,
        headers: headers as Record<string, string>,
        body,
        headersTimeout: SILENCE_MS + Math.ceil((body?.length ?? 0) / LEAST_BYTES_PER_MS),
        // Else undici ends the connection behind each HEAD, for servers that send a body then.
        reset: false,
      };
      this.#pool.dispatch(options, new Answer(method, signal, resolve, reject));
    });
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

/** Gathers an answer, in memory of its own, and fails unless all of it comes. */
class Answer implements Dispatcher.DispatchHandler {
  readonly #isHead: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (reply: Reply) => void;
  readonly #reject: (reason: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  readonly #headers: Record<string, string | undefined> = {};
  #whole: Bytes | undefined;
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  constructor(
    method: string,
    signal: AbortSignal | undefined,
    resolve: (reply: Reply) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#isHead = method === "HEAD";
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal?.addEventListener("abort", this.#stop, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It may have waited for a connection until now.
    if (this.#signal?.aborted === true) this.#stop();
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    // What comes twice comes as a list.
    for (const name in headers) this.#headers[name] = headers[name]?.toString();
    const { "content-length": announced } = this.#headers;
    if (!this.#isHead && announced !== undefined) this.#whole = new Uint8Array(Number(announced));
  }

  onResponseData(_controller: unknown, part: Uint8Array): void {
    if (this.#whole === undefined) this.#parts.push(Uint8Array.from(part));
    else this.#whole.set(part, this.#length);
    this.#length += part.length;
  }

  onResponseEnd(): void {
    this.#end();
    const body = this.#whole ?? new Uint8Array(Buffer.concat(this.#parts));
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: unknown, reason: Error): void {
    this.#end();
    this.#reject(this.#signal?.aborted === true ? this.#signal.reason : failureOf(reason, this.#status));
  }

  readonly #stop = (): void => {
    this.#end();
    this.#reject(this.#signal?.reason);
    this.#controller?.abort(new Error("aborted"));
  };

  #end(): void {
    this.#signal?.removeEventListener("abort", this.#stop);
  }
}

const TIMEOUTS: ReadonlySet<string | undefined> = new Set([
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
]);

/** An answer that has begun is cut off; else there is none. */
function failureOf(reason: Error & { code?: string }, status: number): Error {
  // The request itself is at fault, and was not sent.
  if (reason.code === "UND_ERR_INVALID_ARG") return reason;
  if (status !== 0) return new S3Failure("Truncated", status, reason.message, reason);
  const code = TIMEOUTS.has(reason.code) ? "TimeoutError" : (reason.code ?? "ECONNRESET");
  return new S3Failure(code, 0, reason.message, reason);
}
