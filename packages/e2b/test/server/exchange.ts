import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { FaultRule } from "./faults.ts";
import type { LogEntry } from "./log.ts";
import type { Refusal } from "./refusal.ts";

/** A request and the answer to it. */
export class Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly entry: LogEntry;
  readonly fault: FaultRule | undefined;
  /** What was sent, where it has been read already. */
  readonly body: Buffer | undefined;

  constructor(
    incoming: IncomingMessage,
    response: ServerResponse,
    url: URL,
    entry: LogEntry,
    fault: FaultRule | undefined,
    body: Buffer | undefined,
  ) {
    this.incoming = incoming;
    this.response = response;
    this.url = url;
    this.entry = entry;
    this.fault = fault;
    this.body = body;
  }

  header(name: string): string | undefined {
    return this.entry.headers[name];
  }

  /** The user that is named in the query, or in the authorization of a call. */
  get userName(): string | undefined {
    const [, basic] = /^Basic (.*)$/.exec(this.header("authorization") ?? "") ?? [];
    if (basic !== undefined) return Buffer.from(basic, "base64").toString().replace(/:.*/s, "");
    return this.url.searchParams.get("username") ?? undefined;
  }

  json(): Record<string, unknown> {
    const text = this.body?.toString() ?? "";
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  /** Answers, unless what befalls this request has it otherwise. */
  answer(status: number, headers: Readonly<Record<string, string>>, body: Buffer | string = ""): void {
    const bytes = Buffer.from(body);
    this.entry.status = status;
    this.entry.responseBytes = bytes.length;
    const { response } = this;
    if (this.fault?.kind === "reset-after") return void response.destroy();
    const length = status === 204 || status === 304 ? {} : { "content-length": String(bytes.length) };
    response.writeHead(status, { ...length, ...headers });
    if (this.fault?.kind !== "reset-middle") return void response.end(bytes);
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
  }

  answerJson(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
    const text = Buffer.from(JSON.stringify(value));
    const zips = status === 200 && (this.header("accept-encoding") ?? "").includes("gzip");
    const encoding: Record<string, string> = zips ? { "content-encoding": "gzip" } : {};
    this.answer(
      status,
      { "content-type": "application/json", ...encoding, ...headers },
      zips ? gzipSync(text) : text,
    );
  }

  refuse(refusal: Refusal): void {
    this.answerJson(refusal.status, refusal, { "content-type": "application/json" });
  }
}

/** All that a client sends. */
export async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
