import { Refusal } from "./refusal.ts";
import { checkChunk, checkTrailers, sha256, type Seed } from "./signature.ts";

/** The content of a request, and the trailers that came behind it. */
export interface Body {
  readonly data: Buffer;
  readonly trailers: Readonly<Record<string, string>>;
}

/**
 * Takes a body out of its wrapping and checks that it is what was signed.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export function unwrap(
  raw: Buffer,
  headers: Readonly<Record<string, string>>,
  seed: Seed | undefined,
  leastChunkBytes: number,
): Body {
  const kind = headers["x-amz-content-sha256"] ?? "UNSIGNED-PAYLOAD";
  if (!kind.startsWith("STREAMING-")) {
    if (/^[0-9a-f]{64}$/.test(kind) && sha256(raw) !== kind)
      throw new Refusal(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    return { data: raw, trailers: {} };
  }
  const isSigned = kind.startsWith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  const body = new Chunks(raw, isSigned ? seed : undefined, leastChunkBytes).read(kind.endsWith("-TRAILER"));
  const expected = headers["x-amz-decoded-content-length"];
  if (expected === undefined) throw new Refusal("MissingContentLength");
  if (Number(expected) !== body.data.length)
    throw new Refusal("IncompleteBody", `${body.data.length} bytes came where ${expected} were announced`);
  const announced = headers["x-amz-trailer"]?.toLowerCase().split(",") ?? [];
  for (const name of announced)
    if (body.trailers[name.trim()] === undefined)
      throw new Refusal("MalformedTrailerError", `No trailer ${name}`);
  return body;
}

class Chunks {
  readonly #raw: Buffer;
  readonly #seed: Seed | undefined;
  #signature: string;
  readonly #leastBytes: number;
  #at = 0;

  constructor(raw: Buffer, seed: Seed | undefined, leastBytes: number) {
    this.#raw = raw;
    this.#leastBytes = leastBytes;
    this.#seed = seed;
    this.#signature = seed?.signature ?? "";
  }

  read(hasTrailers: boolean): Body {
    const parts: Buffer[] = [];
    for (;;) {
      const [size = "", ...extensions] = this.#line().split(";");
      const length = parseInt(size, 16);
      if (!Number.isInteger(length)) throw new Refusal("IncompleteBody");
      const data = this.#raw.subarray(this.#at, this.#at + length);
      if (data.length < length) throw new Refusal("IncompleteBody");
      this.#at += length;
      const signature = extensions.find((one) => one.startsWith("chunk-signature="))?.slice(16);
      if (this.#seed !== undefined)
        this.#signature = checkChunk(this.#seed, this.#signature, data, signature);
      if (length === 0) break;
      if (parts.length > 0 && (parts.at(-1)?.length ?? 0) < this.#leastBytes)
        throw new Refusal(
          "InvalidChunkSizeError",
          "Only the last chunk is allowed to have a size less than 8192 bytes",
        );
      parts.push(data);
      this.#line();
    }
    return { data: Buffer.concat(parts), trailers: hasTrailers ? this.#trailers() : {} };
  }

  #trailers(): Record<string, string> {
    const trailers: Record<string, string> = {};
    for (let line = this.#line(); line !== ""; line = this.#line()) {
      const colon = line.indexOf(":");
      trailers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const { "x-amz-trailer-signature": signature, ...rest } = trailers;
    const text = Object.entries(rest).map(([name, value]) => `${name}:${value}\n`);
    if (this.#seed !== undefined) checkTrailers(this.#seed, this.#signature, text.join(""), signature);
    return rest;
  }

  #line(): string {
    const end = this.#raw.indexOf("\r\n", this.#at);
    const line = this.#raw.toString("latin1", this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#raw.length : end + 2;
    return line;
  }
}
