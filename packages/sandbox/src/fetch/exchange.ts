import { request as requestPlain, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestSecure } from "node:https";
import { has, listOf } from "./addresses.ts";
import { FetchRefused, type Target } from "./fetch-rules.ts";

/** What is sent. */
export interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

/** Sends one request, to an address that was checked and to no other. Answers with the head of what comes back. */
export function exchange(
  { url, addresses }: Target,
  sent: Sent,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { method, headers, body } = sent;
  const known = listOf(addresses.map(({ address }) => address));
  const request = url.protocol === "https:" ? requestSecure : requestPlain;
  const options: RequestOptions = {
    method,
    // Compressed data could be far larger than it looks.
    headers: { "accept-encoding": "identity", ...headers },
    signal,
    // A connection that somebody else has made may lead to another address.
    agent: false,
    lookup: (_, { all }, callback) => {
      const [first] = addresses;
      if (all === true)
        callback(
          null,
          addresses.map((one) => ({ ...one })),
        );
      else callback(null, first?.address ?? "", first?.family ?? 4);
    },
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, resolve);
    outgoing.on("error", reject);
    outgoing.on("socket", (socket) => {
      socket.once("connect", () => {
        if (!has(known, socket.remoteAddress ?? ""))
          outgoing.destroy(new FetchRefused("that is another address"));
      });
    });
    outgoing.end(body);
  });
}

/**
 * The body of an answer.
 *
 * @throws RangeError when it is larger than it may be.
 */
export async function bodyOf(answer: IncomingMessage, mostBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > mostBytes) {
      answer.destroy();
      throw new RangeError(`the answer is larger than the ${mostBytes} bytes that it may have`);
    }
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces));
}
