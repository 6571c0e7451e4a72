import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { Refusal } from "./refusal.ts";

/** Who may use the server. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What is signed of a request. */
export interface Signed {
  readonly method: string;
  /** As it came, still encoded. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
}

/** What checking the chunks of a streamed body takes. */
export interface Seed {
  readonly signature: string;
  readonly key: Buffer;
  readonly date: string;
  readonly scope: string;
}

const SKEW_MS = 15 * 60_000;

/**
 * Checks the signature of a request, in its header or in its address.
 *
 * @param find The credentials of an access key.
 * @throws Refusal as S3 does.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function checkSignature(
  request: Signed,
  find: (accessKeyId: string) => Credentials | undefined,
  nowMs: number,
): Seed {
  const { headers, query } = request;
  const isPresigned = query.has("X-Amz-Signature");
  const given = isPresigned ? fromQuery(query) : fromHeader(headers);
  const known = find(given.accessKeyId);
  if (known === undefined)
    throw new Refusal(
      "InvalidAccessKeyId",
      "The AWS Access Key Id you provided does not exist in our records.",
    );
  checkTime(given, isPresigned, nowMs);
  const token =
    headers["x-amz-s3session-token"] ?? headers["x-amz-security-token"] ?? query.get("X-Amz-Security-Token");
  if (known.sessionToken !== undefined && known.sessionToken !== token)
    throw new Refusal("AccessDenied", "The session token is not the one of this key");
  for (const name of Object.keys(headers))
    if ((name === "host" || name.startsWith("x-amz-")) && !given.signedHeaders.includes(name))
      throw new Refusal(
        "AccessDenied",
        `There were headers present in the request which were not signed: ${name}`,
      );
  const key = signingKey(known.secretAccessKey, given.scope);
  const canonical = canonicalRequest(request, given, isPresigned);
  const text = ["AWS4-HMAC-SHA256", given.date, given.scope, sha256(canonical)].join("\n");
  const expected = hmac(key, text).toString("hex");
  if (!same(expected, given.signature))
    throw new Refusal(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
    );
  return { signature: given.signature, key, date: given.date, scope: given.scope };
}

interface Given {
  readonly accessKeyId: string;
  readonly scope: string;
  readonly date: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly expiresSeconds?: number;
}

function fromHeader(headers: Signed["headers"]): Given {
  const header = headers["authorization"];
  if (header === undefined) throw new Refusal("AccessDenied");
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (match === null) throw new Refusal("AuthorizationHeaderMalformed");
  const [, accessKeyId = "", scope = "", signed = "", signature = ""] = match;
  return {
    accessKeyId,
    scope,
    date: headers["x-amz-date"] ?? "",
    signedHeaders: signed.split(";"),
    signature,
  };
}

function fromQuery(query: URLSearchParams): Given {
  const [accessKeyId = "", ...scope] = (query.get("X-Amz-Credential") ?? "").split("/");
  const expires = Number(query.get("X-Amz-Expires"));
  if (!(expires >= 1 && expires <= 604_800))
    throw new Refusal(
      "AuthorizationQueryParametersError",
      "X-Amz-Expires must be between 1 and 604800 seconds",
    );
  return {
    accessKeyId,
    scope: scope.join("/"),
    date: query.get("X-Amz-Date") ?? "",
    signedHeaders: (query.get("X-Amz-SignedHeaders") ?? "").split(";"),
    signature: query.get("X-Amz-Signature") ?? "",
    expiresSeconds: expires,
  };
}

function checkTime({ date, expiresSeconds = 0 }: Given, isPresigned: boolean, nowMs: number): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (match === null) throw new Refusal("AccessDenied", "The date of the request is missing");
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const signedMs = Date.UTC(year, month - 1, day, hour, minute, second);
  if (isPresigned) {
    if (nowMs > signedMs + expiresSeconds * 1000) throw new Refusal("AccessDenied", "Request has expired");
    if (signedMs > nowMs + SKEW_MS) throw new Refusal("AccessDenied", "Request is not valid yet");
  } else if (Math.abs(nowMs - signedMs) > SKEW_MS)
    throw new Refusal(
      "RequestTimeTooSkewed",
      "The difference between the request time and the current time is too large.",
      {
        details: { ServerTime: new Date(nowMs).toISOString() },
      },
    );
}

function canonicalRequest(
  { method, rawPath, query, headers }: Signed,
  given: Given,
  isPresigned: boolean,
): string {
  const path = rawPath
    .split("/")
    .map((name) => encode(decodeURIComponent(name)))
    .join("/");
  const pairs = [...query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)));
  return [
    method,
    path,
    pairs.map(([name, value]) => `${name}=${value}`).join("&"),
    ...given.signedHeaders.map((name) => `${name}:${(headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    given.signedHeaders.join(";"),
    isPresigned
      ? (query.get("X-Amz-Content-Sha256") ?? headers["x-amz-content-sha256"] ?? "UNSIGNED-PAYLOAD")
      : headers["x-amz-content-sha256"],
  ].join("\n");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Checks one chunk of a body whose chunks are signed, and gives the signature that the next one builds on. */
export function checkChunk(
  seed: Seed,
  before: string,
  data: Uint8Array,
  signature: string | undefined,
): string {
  return checkPart("AWS4-HMAC-SHA256-PAYLOAD", seed, [before, sha256(""), sha256(data)], signature);
}

/** Checks the trailers behind such a body. */
export function checkTrailers(
  seed: Seed,
  before: string,
  trailers: string,
  signature: string | undefined,
): string {
  return checkPart("AWS4-HMAC-SHA256-TRAILER", seed, [before, sha256(trailers)], signature);
}

function checkPart(kind: string, { key, date, scope }: Seed, lines: readonly string[], given = ""): string {
  const expected = hmac(key, [kind, date, scope, ...lines].join("\n")).toString("hex");
  if (!same(expected, given)) throw new Refusal("SignatureDoesNotMatch", "A chunk has another signature");
  return expected;
}

const keys = new Map<string, Buffer>();

function signingKey(secret: string, scope: string): Buffer {
  const id = `${secret} ${scope}`;
  const known = keys.get(id);
  if (known !== undefined) return known;
  const key = scope
    .split("/")
    .reduce<Buffer>((outer, part) => hmac(outer, part), Buffer.from(`AWS4${secret}`));
  keys.set(id, key);
  return key;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
