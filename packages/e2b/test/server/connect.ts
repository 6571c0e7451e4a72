import type { ServerResponse } from "node:http";
import type { Refusal } from "./refusal.ts";

/** One message of a stream: flags, length, JSON. */
function envelope(flags: number, value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** The first message of what a client sent. */
export function firstMessage(body: Buffer): unknown {
  return JSON.parse(body.subarray(5, 5 + body.readUInt32BE(1)).toString());
}

const END = 0x02;

/** The answer of a call that answers with many messages. The status is always 200. */
export class Stream {
  readonly response: ServerResponse;
  /** Ends the connection in the middle of the answer, or instead of its end. */
  readonly #breaks: "middle" | "end" | undefined;
  #sent = 0;
  bytes = 0;

  constructor(response: ServerResponse, breaks?: "middle" | "end") {
    this.response = response;
    this.#breaks = breaks;
    response.writeHead(200, {
      "content-type": "application/connect+json",
      "connect-accept-encoding": "gzip",
    });
    response.flushHeaders();
  }

  send(value: unknown): void {
    this.#write(envelope(0, value));
    if (this.#breaks === "middle" && ++this.#sent > 1) this.response.destroy();
  }

  end(refusal?: Refusal): void {
    if (this.#breaks !== undefined) return void this.response.destroy();
    this.#write(envelope(END, refusal === undefined ? {} : { error: refusal }));
    this.response.end();
  }

  #write(bytes: Buffer): void {
    this.bytes += bytes.length;
    if (!this.response.destroyed) this.response.write(bytes);
  }
}
