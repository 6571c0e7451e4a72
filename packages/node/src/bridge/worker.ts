import { workerData } from "node:worker_threads";
import { VfsError, type Provider } from "@vfs/core";
import { ENDED, FIRST_CALL, MESSAGES, type Request, type Start } from "./protocol.ts";
import { Server, type Send } from "./server.ts";
import { pack } from "./wire-errors.ts";

// What runs in the thread of a bridge: loads the module that has the store, and serves it.

const { module, data, port, flags } = workerData as Start;

const send: Send = (reply, moved = []) => {
  port.postMessage(reply, [...moved]);
  Atomics.add(flags, MESSAGES, 1);
  Atomics.notify(flags, MESSAGES);
};

process.on("uncaughtExceptionMonitor", (error) => send({ kind: "dying", thrown: pack(error) }));
// The caller may be waiting where no event reaches it.
process.on("exit", () => {
  Atomics.store(flags, ENDED, 1);
  Atomics.add(flags, MESSAGES, 1);
  Atomics.notify(flags, MESSAGES);
});

interface Exports {
  readonly provider?: Provider;
  readonly createProvider?: (data: unknown) => Provider | PromiseLike<Provider>;
}

const loading = import(module) as Promise<Exports>;
let taken = false;

async function create(given: unknown): Promise<Provider> {
  const { provider, createProvider } = await loading;
  if (typeof createProvider === "function") return createProvider(given);
  if (provider === undefined)
    throw misuse("the module of a bridge exports `provider`, or `createProvider(data)` that makes one");
  if (taken)
    throw misuse("the module of this bridge has one `provider`: export `createProvider(data)` for more");
  taken = true;
  return provider;
}

function misuse(hint: string): VfsError {
  return new VfsError("EINVAL", { hint });
}

const server = new Server(send, create);
port.on("message", (request: Request) => server.take(request));
server.take({ kind: "provide", id: FIRST_CALL, data });
