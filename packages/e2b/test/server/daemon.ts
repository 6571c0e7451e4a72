import { statSync } from "node:fs";
import { firstMessage, Stream } from "./connect.ts";
import type { Exchange } from "./exchange.ts";
import { compose, readFile, writeFiles } from "./files.ts";
import { FILESYSTEM } from "./filesystem.ts";
import type { StartRequest } from "./process.ts";
import { connect, keepAlive, PROCESS, start } from "./processes.ts";
import { reasonOf, Refusal } from "./refusal.ts";
import type { Sandbox } from "./sandbox.ts";
import { isSigned } from "./signature.ts";
import { userNamed } from "./users.ts";
import { Watch, type WatchRequest } from "./watch.ts";

/** What runs in each sandbox and answers for it. */
export async function daemon(sandbox: Sandbox, exchange: Exchange, nowMs: number): Promise<void> {
  authorize(sandbox, exchange, nowMs);
  switch (exchange.entry.op) {
    case "Health":
      return exchange.answer(204, { "cache-control": "no-store", "content-type": "" });
    case "ReadFile":
      return readFile(sandbox, exchange);
    case "WriteFile":
      return await writeFiles(sandbox, exchange);
    case "Compose":
      return compose(sandbox, exchange);
    case "Start":
    case "Connect":
    case "WatchDir":
      return streaming(sandbox, exchange);
    default:
      return unary(sandbox, exchange);
  }
}

function authorize(sandbox: Sandbox, exchange: Exchange, nowMs: number): void {
  const { op } = exchange.entry;
  if (op === "Health" || sandbox.isOpen || exchange.header("x-access-token") === sandbox.token) return;
  const operation = op === "ReadFile" ? "read" : "write";
  if (
    (op === "ReadFile" || op === "WriteFile") &&
    isSigned(sandbox, exchange.url.searchParams, operation, nowMs)
  )
    return;
  throw new Refusal(
    401,
    "unauthorized access, please provide a valid access token or method signing if supported",
  );
}

function unary(sandbox: Sandbox, exchange: Exchange): void {
  const { op } = exchange.entry;
  const args = exchange.json();
  const inFiles = FILESYSTEM[op];
  if (inFiles !== undefined)
    return exchange.answerJson(200, inFiles(sandbox, args, userNamed(exchange.userName)));
  const inProcesses = PROCESS[op];
  if (inProcesses === undefined) throw new Refusal("unimplemented", `no such call: ${exchange.url.pathname}`);
  exchange.answerJson(200, inProcesses(sandbox, args as never));
}

function streaming(sandbox: Sandbox, exchange: Exchange): void {
  const { kind } = exchange.fault ?? {};
  const breaks = kind === "reset-middle" ? "middle" : kind === "reset-after" ? "end" : undefined;
  const stream = new Stream(exchange.response, breaks);
  exchange.response.on("close", () => (exchange.entry.responseBytes = stream.bytes));
  const message = firstMessage(exchange.body ?? Buffer.alloc(0));
  try {
    if (exchange.entry.op === "WatchDir") {
      watchDirectory(sandbox, message as WatchRequest, stream);
      return keepAlive(exchange, stream, { keepalive: {} });
    }
    if (exchange.entry.op === "Start") start(sandbox, exchange, message as StartRequest, stream);
    else connect(sandbox, exchange, message as Parameters<typeof connect>[2], stream);
    keepAlive(exchange, stream, { event: { keepalive: {} } });
  } catch (error) {
    stream.end(error instanceof Refusal ? error : new Refusal("internal", (error as Error).message));
  }
}

function watchDirectory(sandbox: Sandbox, request: WatchRequest, stream: Stream): void {
  const path = sandbox.absolute(request.path);
  try {
    if (!statSync(sandbox.toHost(path)).isDirectory())
      throw new Refusal("invalid_argument", `path ${path} is not a directory`);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal("not_found", `path ${path} not found: stat ${path}: ${reasonOf(error)}`);
  }
  const watch = new Watch(sandbox, { ...request, path }, stream);
  watch.begin();
}
