import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Bytes } from "@vfs/core";
import { S3Failure } from "./failure.ts";
import type { Address } from "./sdk-client.ts";

/** A request with its signature. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Bytes;
}

/** A connection that says nothing for so long is given up. */
const SILENCE_MS = 60_000;
/** As many connections as anybody may have under way. */
const SOCKETS = 128;

/** Sends requests to one address, over connections that stay open. */
export class Http {
  readonly #address: Address;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(address: Address) {
    this.#address = address;
    const how = { keepAlive: true, maxSockets: SOCKETS, scheduling: "lifo" } as const;
    this.#agent = address.isSecure ? new HttpsAgent(how) : new HttpAgent(how);
  }

  /** @throws S3Failure when there is no whole answer; the signal's reason when it is aborted. */
  send({ method, path, headers, body }: SignedRequest, signal: AbortSignal | undefined): Promise<Reply> {
    const { isSecure, hostname, port } = this.#address;
    const options = { agent: this.#agent, method, hostname, port, path, headers };
    return new Promise((resolve, reject) => {
      const request = isSecure ? httpsRequest(options) : httpRequest(options);
      const stop = (): void => void request.destroy(new Error("aborted"));
      const end = (): void => signal?.removeEventListener("abort", stop);
      const fail = (reason: Error): void => {
        end();
        reject(signal?.aborted === true ? (signal.reason as Error) : networkFailure(reason));
      };
      signal?.addEventListener("abort", stop, { once: true });
      request.on("error", fail);
      request.setTimeout(SILENCE_MS, () => request.destroy(new S3Failure("TimeoutError", 0, "no answer")));
      request.on("response", (response) => {
        collect(response, method).then(resolve, fail).finally(end);
      });
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function networkFailure(reason: Error & { code?: string }): S3Failure {
  if (reason instanceof S3Failure) return reason;
  return new S3Failure(reason.code ?? "ECONNRESET", 0, reason.message, reason);
}

/** Reads a body into memory of its own, and fails unless all of it comes. */
function collect(response: IncomingMessage, method: string): Promise<Reply> {
  const { statusCode: status = 0, headers } = response;
  const announced = method === "HEAD" ? 0 : Number(headers["content-length"] ?? Number.NaN);
  return new Promise((resolve, reject) => {
    const whole = Number.isNaN(announced) ? undefined : new Uint8Array(announced);
    const parts: Uint8Array[] = [];
    let length = 0;
    response.on("data", (part: Buffer) => {
      if (whole === undefined) parts.push(part);
      else whole.set(part.subarray(0, announced - length), length);
      length += part.length;
    });
    response.on("end", () => {
      if (whole !== undefined && length !== announced)
        return reject(new S3Failure("Truncated", status, `${length} of ${announced} bytes came`));
      const body = whole ?? new Uint8Array(Buffer.concat(parts));
      return resolve({ status, headers, body });
    });
    response.on("error", (reason: Error) =>
      reject(new S3Failure("Truncated", status, reason.message, reason)),
    );
  });
}
