import { crc32 } from "node:zlib";
import type { S3Client } from "@aws-sdk/client-s3";
import { S3Failure } from "./failure.ts";
import { Http, type Reply } from "./http.ts";
import { parseListing, textOf, unescaped } from "./list-parser.ts";
import { addressOf } from "./sdk-client.ts";
import { Signer, type Unsigned } from "./signer.ts";
import { copySource, encodeKey, quoted, rangeText, toMillis, unquoted } from "./text.ts";
import type { Condition, Described, GetRequest, Head, Wire, Written } from "./wire.ts";

/**
 * The requests that are made often without the SDK, whose way to a request and back costs ten times what the request
 * itself does. Where they go, and with whose credentials, the client says; all others go by `sdk`.
 */
export class FastWire {
  readonly wire: Wire;
  readonly #client: S3Client;
  readonly #bucket: string;
  #ready: Promise<Ready> | undefined;

  constructor(sdk: Wire, client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
    this.wire = {
      ...sdk,
      head: async (request) => {
        const reply = await this.#ask(
          { ...getting(request), method: "HEAD", key: request.key },
          request.signal,
        );
        return toHead(reply);
      },
      get: async (request) => {
        const reply = await this.#ask(
          { ...getting(request), method: "GET", key: request.key },
          request.signal,
        );
        return { head: toHead(reply), body: reply.body };
      },
      put: async ({ key, data, contentType, meta, offset, signal, ...condition }) => {
        const headers = { ...conditional(condition), ...describing({ contentType, meta }) };
        if (offset !== undefined) headers["x-amz-write-offset-bytes"] = `${offset}`;
        return toWritten(await this.#ask({ method: "PUT", key, headers, body: data }, signal));
      },
      copy: async ({ from, key, sourceMatch, versionId, replace, signal, ...condition }) => {
        const headers = {
          ...copying(bucket, from, sourceMatch, versionId),
          ...conditional(condition),
          ...(replace === undefined ? {} : { "x-amz-metadata-directive": "REPLACE", ...describing(replace) }),
        };
        const reply = await this.#ask({ method: "PUT", key, headers }, signal);
        return { ...toWritten(reply), etag: etagIn(reply) };
      },
      copyPart: async ({ key, uploadId, number, from, sourceMatch, range, signal }) => {
        const query = { partNumber: `${number}`, uploadId };
        const headers = copying(bucket, from, sourceMatch);
        if (range !== undefined) headers["x-amz-copy-source-range"] = rangeText(range);
        const etag = etagIn(await this.#ask({ method: "PUT", key, query, headers }, signal));
        return { number, etag };
      },
      remove: async ({ key, ifMatch, signal }) => {
        await this.#ask({ method: "DELETE", key, headers: conditional({ ifMatch }) }, signal);
      },
      list: async ({ prefix, delimiter, after, token, limit, signal }) => {
        const query = given({
          "list-type": "2",
          "encoding-type": "url",
          prefix,
          delimiter,
          "start-after": after,
          "continuation-token": token,
          "max-keys": limit === undefined ? undefined : `${limit}`,
        });
        const { body } = await this.#ask({ method: "GET", key: "", query }, signal);
        return parseListing(new TextDecoder().decode(body));
      },
      uploadPart: async ({ key, uploadId, number, data, signal }) => {
        const query = { partNumber: `${number}`, uploadId };
        const { etag } = toWritten(await this.#ask({ method: "PUT", key, query, body: data }, signal));
        return { number, etag };
      },
    };
  }

  /** An address that anybody may use for a while. */
  async presign(
    method: string,
    key: string,
    headers: Record<string, string>,
    expiresSeconds: number,
  ): Promise<string> {
    const { signer, base } = await this.#start();
    return await signer.presign({ method, path: base + encodeKey(key), headers }, expiresSeconds);
  }

  async close(): Promise<void> {
    await (await this.#ready)?.http.close();
  }

  async #ask(
    { key, ...asked }: Omit<Unsigned, "path"> & { readonly key: string },
    signal: AbortSignal | undefined,
  ): Promise<Reply> {
    const { http, signer, base, checks } = await this.#start();
    const headers: Record<string, string> = { ...asked.headers };
    if (asked.body !== undefined) {
      headers["content-length"] = `${asked.body.length}`;
      if (checks) headers["x-amz-checksum-crc32"] = digestOf(asked.body);
    }
    // The address of the bucket itself has no slash at its end where the bucket is in the path.
    const path = key === "" && base !== "/" ? base.slice(0, -1) : base + encodeKey(key);
    const reply = await http.send(await signer.sign({ ...asked, path, headers }), signal);
    // What writes may say 200 and tell in its body that it failed.
    const isFailed = asked.method !== "GET" && reply.body.length > 0 && textOfBody(reply).includes("<Error>");
    if (reply.status >= 200 && reply.status < 300 && !isFailed) return reply;
    const skewMs = Date.parse(reply.headers.date ?? "") - Date.now() - signer.offsetMs;
    if (reply.status === 403 && Math.abs(skewMs) > SKEW_MS) {
      signer.offsetMs += skewMs;
      throw new S3Failure("RequestTimeTooSkewed", 403, "the clock of this machine is wrong");
    }
    throw toFailure(reply);
  }

  #start(): Promise<Ready> {
    return (this.#ready ??= start(this.#client, this.#bucket).catch((reason: unknown) => {
      this.#ready = undefined;
      throw reason;
    }));
  }
}

/** A refusal from a clock that is so far from ours is about the time: to HEAD it does not say why. */
const SKEW_MS = 240_000;

/** What every request takes. */
interface Ready {
  readonly http: Http;
  readonly signer: Signer;
  /** What stands before each key. */
  readonly base: string;
  /** Whether the client is set to send checksums that nobody asked for. */
  readonly checks: boolean;
}

async function start(client: S3Client, bucket: string): Promise<Ready> {
  const address = await addressOf(client, bucket);
  const checks = (await client.config.requestChecksumCalculation()) === "WHEN_SUPPORTED";
  return { http: new Http(address), signer: new Signer(client, address), base: address.path, checks };
}

function digestOf(data: Uint8Array): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(data));
  return bytes.toString("base64");
}

function getting({ range, ifMatch, versionId }: GetRequest): Pick<Unsigned, "headers" | "query"> {
  return {
    headers: given({
      range: range === undefined ? undefined : rangeText(range),
      "if-match": quoted(ifMatch),
    }),
    query: given({ versionId }),
  };
}

function conditional({ ifMatch, ifNoneMatch }: Condition): Record<string, string> {
  return given({ "if-match": ifMatch === "*" ? "*" : quoted(ifMatch), "if-none-match": ifNoneMatch });
}

function describing({ contentType, meta }: Described): Record<string, string> {
  const headers = given({ "content-type": contentType });
  for (const name in meta) headers[META + name] = meta[name] ?? "";
  return headers;
}

function copying(
  bucket: string,
  from: string,
  sourceMatch: string | undefined,
  versionId?: string,
): Record<string, string> {
  return given({
    "x-amz-copy-source": copySource(bucket, from, versionId),
    "x-amz-copy-source-if-match": quoted(sourceMatch),
  });
}

function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const all: Record<string, string> = {};
  for (const name in values) if (values[name] !== undefined) all[name] = values[name];
  return all;
}

const META = "x-amz-meta-";

function toHead({ headers }: Reply): Head {
  const meta: Record<string, string> = {};
  for (const name in headers) if (name.startsWith(META)) meta[name.slice(META.length)] = headers[name] ?? "";
  const whole = /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1] ?? headers["content-length"];
  return {
    etag: unquoted(headers.etag),
    size: Number(whole ?? 0),
    modifiedMs: toMillis(headers["last-modified"]),
    contentType: headers["content-type"],
    meta,
    versionId: versionOf(headers),
  };
}

function versionOf(headers: Reply["headers"]): string | undefined {
  return headers["x-amz-version-id"];
}

function toWritten({ headers }: Reply): Written {
  return { etag: unquoted(headers.etag), versionId: versionOf(headers) };
}

/** What copies answer is in their body, and they may answer before they are done. */
function etagIn(reply: Reply): string {
  const etag = unquoted(unescaped(textOf(textOfBody(reply), "ETag")));
  if (etag === "") throw new S3Failure("Truncated", reply.status, "the answer has no ETag");
  return etag;
}

/** HEAD has no body, so that there is no code but the status. */
const CODES: Readonly<Record<number, string>> = {
  301: "PermanentRedirect",
  403: "AccessDenied",
  404: "NotFound",
  412: "PreconditionFailed",
  416: "InvalidRange",
  500: "InternalError",
  503: "SlowDown",
};

function textOfBody({ body }: Reply): string {
  return new TextDecoder().decode(body);
}

function toFailure(reply: Reply): S3Failure {
  const { status } = reply;
  const xml = textOfBody(reply);
  const code = textOf(xml, "Code") || (CODES[status] ?? "Unknown");
  return new S3Failure(code, status, unescaped(textOf(xml, "Message")) || `status ${status}`);
}
