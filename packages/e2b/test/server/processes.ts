import type { Stream } from "./connect.ts";
import type { Exchange } from "./exchange.ts";
import { Running, type StartRequest } from "./process.ts";
import { Refusal } from "./refusal.ts";
import type { Sandbox } from "./sandbox.ts";
import { userNamed } from "./users.ts";

interface Selected {
  readonly process: { readonly pid?: number; readonly tag?: string };
}

function select(sandbox: Sandbox, { process: { pid, tag } }: Selected): Running {
  for (const running of sandbox.processes.values())
    if (running.pid === pid || (tag !== undefined && running.request.tag === tag)) return running;
  throw new Refusal("not_found", `process with pid ${pid} not found`);
}

/** The calls of `process.Process` that answer once. */
export const PROCESS: Readonly<Record<string, (sandbox: Sandbox, args: never) => object>> = {
  List: (sandbox) => ({
    processes: [...sandbox.processes.values()].map(({ pid, request: { process: config, tag } }) => ({
      config,
      pid,
      tag,
    })),
  }),
  SendInput: (sandbox, args: Selected & { input: { stdin?: string } }) => {
    select(sandbox, args).input(Buffer.from(args.input.stdin ?? "", "base64"));
    return {};
  },
  CloseStdin: (sandbox, args: Selected) => {
    select(sandbox, args).closeInput();
    return {};
  },
  SendSignal: (sandbox, args: Selected & { signal: string }) => {
    select(sandbox, args).signal(args.signal.replace("SIGNAL_", "") as NodeJS.Signals);
    return {};
  },
  Update: () => ({}),
};

/** `Start`: runs something, and tells of it until it ends. It goes on when nobody listens any more. */
export function start(sandbox: Sandbox, exchange: Exchange, request: StartRequest, stream: Stream): void {
  limit(exchange, new Running(sandbox, request, userNamed(exchange.userName), stream));
  if (exchange.fault?.kind === "killed") sandbox.kill();
}

/** `Connect`: listens to what was started before. */
export function connect(sandbox: Sandbox, exchange: Exchange, request: Selected, stream: Stream): void {
  const running = select(sandbox, request);
  running.listen(stream);
  limit(exchange, running);
}

/** Ends what takes longer than its caller waits. */
function limit(exchange: Exchange, running: Running): void {
  const timeoutMs = Number(exchange.header("connect-timeout-ms") ?? "0");
  if (timeoutMs === 0) return;
  const timer = setTimeout(() => {
    running.fail(new Refusal("deadline_exceeded", "context deadline exceeded"));
    running.signal("SIGKILL");
  }, timeoutMs);
  void running.done.then(() => clearTimeout(timer));
}

/** Says now and then that nothing has happened. */
export function keepAlive(exchange: Exchange, stream: Stream, message: object): void {
  const seconds = Number(exchange.header("keepalive-ping-interval") ?? "0");
  if (seconds === 0) return;
  const timer = setInterval(() => stream.send(message), seconds * 1000).unref();
  exchange.response.on("close", () => clearInterval(timer));
}
