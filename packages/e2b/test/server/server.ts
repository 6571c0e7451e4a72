import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { firstMessage } from "./connect.ts";
import { Control } from "./control.ts";
import { daemon } from "./daemon.ts";
import { bodyOf, Exchange } from "./exchange.ts";
import { Faults, type FaultRule } from "./faults.ts";
import { Log } from "./log.ts";
import type { StartRequest } from "./process.ts";
import { Refusal } from "./refusal.ts";
import { routeOf, type Route } from "./route.ts";
import type { Sandbox } from "./sandbox.ts";
import { isSigned } from "./signature.ts";

export const API_KEY = "e2b_0123456789abcdef0123456789abcdef01234567";

/**
 * What E2B runs, in this process and on a port of its own: the control plane, and the daemon of each sandbox. The
 * unmodified SDK talks to it when `apiUrl` and `sandboxUrl` are its address.
 */
export class E2bServer implements AsyncDisposable {
  readonly log: Log = new Log();
  readonly faults: Faults = new Faults();
  /** What the server takes for the time of day. */
  now: () => number = Date.now;
  /** How long each answer waits, as if the sandbox were far away. */
  latencyMs = 0;
  readonly #control: Control;
  readonly #http: Server;

  private constructor(hasRealHomes: boolean) {
    this.#control = new Control(API_KEY, hasRealHomes, () => this.now());
    this.#http = createServer((incoming, response) => void this.#serve(incoming, response));
    this.#http.keepAliveTimeout = 60_000;
  }

  /** @param options.hasRealHomes Whether processes find their home at `/home/user`: that takes bubblewrap. */
  static async start({ hasRealHomes = false } = {}): Promise<E2bServer> {
    const server = new E2bServer(hasRealHomes);
    await new Promise<void>((resolve) => server.#http.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  sandbox(id: string): Sandbox {
    const sandbox = this.#control.sandboxes.get(id);
    if (sandbox === undefined) throw new Error(`no sandbox ${id}`);
    return sandbox;
  }

  async close(): Promise<void> {
    for (const sandbox of this.#control.sandboxes.values()) sandbox.dispose();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => undefined);
    incoming.on("error", () => undefined);
    const url = new URL(incoming.url ?? "/", this.url);
    const route = routeOf(incoming.method ?? "", url.pathname);
    if (route === undefined) return void response.writeHead(incoming.method === "HEAD" ? 405 : 404).end();
    let exchange: Exchange | undefined;
    try {
      exchange = await this.#begin(incoming, response, url, route);
      if (this.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, this.latencyMs));
      if (strikes(exchange)) return;
      if (route.isControl) this.#control.perform(exchange);
      else await this.#inSandbox(exchange);
    } catch (error) {
      if (response.headersSent || response.destroyed) return void response.destroy();
      exchange?.refuse(error instanceof Refusal ? error : new Refusal(500, (error as Error).message));
    }
  }

  async #begin(
    incoming: IncomingMessage,
    response: ServerResponse,
    url: URL,
    route: Route,
  ): Promise<Exchange> {
    const { op } = route;
    const headers = incoming.headers as Record<string, string>;
    const sandboxId = route.sandboxId ?? headers["e2b-sandbox-id"];
    const body = op === "WriteFile" ? undefined : await bodyOf(incoming);
    const what = op === "Start" ? commandOf(body) : (url.searchParams.get("path") ?? body?.toString() ?? "");
    const fault = this.faults.strike(op, what);
    const entry = this.log.add({
      op,
      sandboxId,
      what,
      headers,
      status: 200,
      requestBytes: body?.length ?? 0,
      responseBytes: 0,
      fault: fault?.kind,
    });
    return new Exchange(incoming, response, url, entry, fault, body);
  }

  async #inSandbox(exchange: Exchange): Promise<void> {
    const sandbox = this.#sandboxOf(exchange);
    if (sandbox !== undefined) this.#control.expire(sandbox);
    if (sandbox === undefined || sandbox.state !== "running") {
      const { sandboxId } = exchange.entry;
      return exchange.answerJson(502, { sandboxId, message: "The sandbox was not found", code: 502 });
    }
    if (exchange.fault?.kind === "killed" && exchange.entry.op !== "Start") {
      sandbox.kill();
      return void exchange.response.destroy();
    }
    sandbox.answers.add(exchange.response);
    exchange.response.on("close", () => sandbox.answers.delete(exchange.response));
    await daemon(sandbox, exchange, this.now());
  }

  /** A signed address names no sandbox here, where all have one host: it is the one whose signature it is. */
  #sandboxOf({ entry, url }: Exchange): Sandbox | undefined {
    const { sandboxes } = this.#control;
    if (entry.sandboxId !== undefined) return sandboxes.get(entry.sandboxId);
    const operation = entry.op === "ReadFile" ? "read" : "write";
    const all = [...sandboxes.values()];
    return all.find((one) => isSigned(one, url.searchParams, operation, this.now())) ?? all.at(-1);
  }
}

function commandOf(body: Buffer | undefined): string {
  if (body === undefined) return "";
  return ((firstMessage(body) as StartRequest).process.args ?? []).join(" ");
}

/** Does to a request what befalls it before it is done; answers whether that was all. */
function strikes({ fault, response, entry, incoming }: Exchange): boolean {
  const status = { "rate-limited": 429, "bad-gateway": 502, busy: 503 }[(fault as FaultRule)?.kind as string];
  if (status !== undefined) {
    entry.status = status;
    const headers = { "content-type": "application/json", connection: "close" };
    response.writeHead(
      status,
      status === 429 ? { ...headers, "retry-after": fault?.retryAfter ?? "0" } : headers,
    );
    response.end(JSON.stringify({ code: status, message: "on purpose" }));
    return true;
  }
  if (fault?.kind !== "reset-before") return false;
  incoming.destroy();
  response.destroy();
  return true;
}
