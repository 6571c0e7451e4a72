import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isVfsError, type ErrorCode } from "@vfs/core";

/** Something that the client did wrong, with the status that says so. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What a failure of the files is to a client. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  EACCES: 403,
  EROFS: 403,
  ENOENT: 404,
  ENOTDIR: 404,
  EISDIR: 409,
  ENOTEMPTY: 409,
  EEXIST: 412,
  ESTALE: 412,
  EDQUOT: 413,
  EFBIG: 413,
  EINVAL: 400,
  ENAMETOOLONG: 400,
  EBUSY: 503,
};

/** A server that is up. */
export interface Running extends AsyncDisposable {
  readonly url: string;
}

/** Serves requests until it is closed. A request that fails is answered with the status that its error stands for. */
export async function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  port = 0,
): Promise<Running> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const known = isVfsError(error)
        ? STATUS[error.code]
        : error instanceof Refusal
          ? error.status
          : undefined;
      if (known === undefined) console.error(error);
      if (response.headersSent) return void response.destroy();
      const message =
        known === undefined || !(error instanceof Error) ? "something went wrong" : error.message;
      reply(response, known ?? 500, { error: message });
    });
  });
  await new Promise<void>((listening) => void server.listen(port, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => void server.close(closed));
    },
  };
}

/** Answers with JSON. */
export function reply(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(value)}\n`);
}

/** The body of a request, as JSON. */
export async function jsonOf(request: IncomingMessage, maxBytes = 1 << 20): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Refusal(413, `a body has ${maxBytes} bytes at the most`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new Refusal(400, "the body is no JSON");
  }
}
