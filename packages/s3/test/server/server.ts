import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Bucket } from "./bucket.ts";
import { unwrap } from "./body.ts";
import { Faults, type FaultKind } from "./faults.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { Log, type LogEntry } from "./log.ts";
import { Refusal } from "./refusal.ts";
import { operationOf, toRequest, type Answer, type Request } from "./request.ts";
import { perform, type Service } from "./route.ts";
import { checkSignature, type Credentials } from "./signature.ts";
import { pause, send, type Traffic } from "./traffic.ts";
import { toXml } from "./xml.ts";

export interface ServerOptions {
  readonly credentials?: readonly Credentials[];
  /** Renames and appends in all buckets, as directory buckets do. */
  readonly everyBucketIsDirectory?: boolean;
  readonly limits?: Partial<Limits>;
}

export const CREDENTIALS: Credentials = { accessKeyId: "AKTEST", secretAccessKey: "SKTEST" };

/** How late a slow answer is. */
const SLOW_MS = 5;

/** An S3 service in this process, in memory, on a port of its own. */
export class S3Server implements AsyncDisposable, Service {
  readonly log: Log = new Log();
  readonly faults: Faults = new Faults();
  readonly traffic: Traffic = { latencyMs: 0, bytesPerSecond: Infinity };
  readonly buckets: Map<string, Bucket> = new Map();
  /** How many lines a page of a listing has at the most. */
  pageSize = 1000;
  /** What the server takes for the time of day. */
  now: () => number = Date.now;
  readonly limits: Limits;
  /** What `DeleteObjects` says for a key instead of removing it. */
  refusesKey: (key: string) => string | undefined = () => undefined;
  readonly #http: Server;
  readonly #credentials: Map<string, Credentials>;
  readonly #everyBucketIsDirectory: boolean;
  #answered = 0;

  private constructor(options: ServerOptions) {
    const { credentials = [CREDENTIALS], everyBucketIsDirectory = false } = options;
    this.limits = { ...LIMITS, ...options.limits };
    this.#credentials = new Map(credentials.map((one) => [one.accessKeyId, one]));
    this.#everyBucketIsDirectory = everyBucketIsDirectory;
    this.#http = createServer((incoming, response) => void this.#serve(incoming, response));
    this.#http.keepAliveTimeout = 60_000;
  }

  static async start(options: ServerOptions = {}): Promise<S3Server> {
    const server = new S3Server(options);
    await new Promise<void>((resolve) => server.#http.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) throw new Refusal("NoSuchBucket", undefined, { details: { BucketName: name } });
    return bucket;
  }

  createBucket(name: string): Bucket {
    const bucket = new Bucket(name, () => this.now());
    if (this.#everyBucketIsDirectory) Object.defineProperty(bucket, "isDirectory", { value: true });
    this.buckets.set(name, bucket);
    return bucket;
  }

  /** Credentials for a directory bucket, for a while. */
  createSession(): Required<Credentials> {
    const session = {
      accessKeyId: `AS${randomBytes(8).toString("hex")}`,
      secretAccessKey: randomBytes(16).toString("hex"),
      sessionToken: randomBytes(16).toString("hex"),
    };
    this.#credentials.set(session.accessKeyId, session);
    return session;
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const request = toRequest(incoming);
      await pause(this.traffic.latencyMs);
      const raw = await read(incoming, this.traffic);
      const op = operationOf(request);
      const fault = this.faults.strike(op, request.key);
      const entry = this.log.add(entryOf(op, request, raw.length, fault));
      if (fault === "reset-before") return void incoming.socket.destroy();
      if (fault === "slow-first-byte") await pause(SLOW_MS);
      const answer = this.#answer(op, request, raw, fault);
      entry.status = answer.status;
      entry.code = answer.code;
      await this.#respond(incoming, response, answer, fault, entry);
    } catch (reason) {
      // A client that has gone away is nobody to answer.
      if (!response.headersSent) response.writeHead(400).end(String(reason));
    }
  }

  #answer(
    op: string,
    request: Request,
    raw: Buffer,
    fault: FaultKind | undefined,
  ): Answer & { code?: string } {
    try {
      if (request.refusal !== undefined) throw request.refusal;
      const seed = checkSignature(request, (id) => this.#credentials.get(id), this.now());
      const { data, trailers } = unwrap(raw, request.headers, seed, this.limits.leastChunkBytes);
      request.data = data;
      Object.assign(request.headers, trailers);
      const early = fault === undefined ? undefined : BEFORE[fault];
      if (early !== undefined) throw new Refusal(early);
      if (fault === "error-in-200")
        return { status: 200, body: errorXml(new Refusal("InternalError"), request) };
      const answer = perform(op, this, request);
      if (fault === "error-after") throw new Refusal("InternalError");
      return answer;
    } catch (reason) {
      if (!(reason instanceof Refusal)) throw reason;
      const { status, headers, code } = reason;
      const isBodiless = request.method === "HEAD" || status === 304;
      const body = isBodiless ? "" : errorXml(reason, request);
      return { status, code, headers, body };
    }
  }

  async #respond(
    incoming: IncomingMessage,
    response: ServerResponse,
    { status, headers = {}, body = "" }: Answer,
    fault: FaultKind | undefined,
    entry: LogEntry,
  ): Promise<void> {
    if (fault === "reset-after") return void incoming.socket.destroy();
    const data = typeof body === "string" ? Buffer.from(body) : body;
    const isXml = typeof body === "string" && data.length > 0;
    const all = {
      date: new Date(this.now()).toUTCString(),
      "x-amz-request-id": `${++this.#answered}`.padStart(16, "0"),
      ...(isXml ? { "content-type": "application/xml" } : {}),
      ...headers,
      ...(status === 204 || status === 304 ? {} : { "content-length": `${data.length}` }),
    };
    response.writeHead(status, all);
    if (incoming.method === "HEAD" || data.length === 0) return void response.end();
    if (fault === "reset-middle" || fault === "truncated") {
      const half = data.subarray(0, data.length >> 1);
      response.write(half, () =>
        setTimeout(
          () => (fault === "truncated" ? incoming.socket.end() : incoming.socket.resetAndDestroy()),
          5,
        ),
      );
      return;
    }
    entry.responseBytes = data.length;
    await send(response, data, this.traffic);
  }
}

/** Faults that keep a request from being done. */
const BEFORE: Partial<Record<FaultKind, string>> = {
  "slow-down": "SlowDown",
  "error-before": "InternalError",
  conflict: "ConditionalRequestConflict",
  denied: "AccessDenied",
};

function errorXml({ code, message, details }: Refusal, { rawPath }: Request): string {
  return toXml("Error", { Code: code, Message: message, ...details, Resource: rawPath, RequestId: "0" });
}

function entryOf(op: string, request: Request, requestBytes: number, fault: FaultKind | undefined): LogEntry {
  const { bucket, key, headers } = request;
  const query = Object.fromEntries(request.query);
  return {
    op,
    bucket,
    key,
    query,
    headers,
    requestBytes,
    status: 0,
    code: undefined,
    responseBytes: 0,
    fault,
  };
}

/** Reads a body no faster than the connection carries. */
async function read(incoming: IncomingMessage, { bytesPerSecond }: Traffic): Promise<Buffer> {
  const parts: Buffer[] = [];
  const begunMs = performance.now();
  let length = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (Number.isFinite(bytesPerSecond))
      await pause(begunMs + (length / bytesPerSecond) * 1000 - performance.now());
  }
  return Buffer.concat(parts);
}
