import type { Exchange } from "./exchange.ts";
import { Refusal } from "./refusal.ts";
import { Sandbox } from "./sandbox.ts";

/** What makes sandboxes and ends them. */
export class Control {
  readonly sandboxes: Map<string, Sandbox> = new Map();
  readonly #apiKey: string;
  readonly #hasRealHomes: boolean;
  readonly #now: () => number;

  constructor(apiKey: string, hasRealHomes: boolean, now: () => number) {
    this.#hasRealHomes = hasRealHomes;
    this.#apiKey = apiKey;
    this.#now = now;
  }

  perform(exchange: Exchange): void {
    if (exchange.header("x-api-key") !== this.#apiKey)
      throw new Refusal(401, "authentication header has an invalid format or key");
    const { op, sandboxId } = exchange.entry;
    const args = exchange.json();
    if (op === "CreateSandbox") return this.#create(exchange, args);
    if (op === "ListSandboxes")
      return exchange.answerJson(200, [...this.sandboxes.values()].filter(isThere).map(infoOf));
    const sandbox = this.sandboxes.get(sandboxId ?? "");
    if (sandbox === undefined || !isThere(sandbox))
      throw new Refusal(404, `sandbox "${sandboxId}" doesn't exist or you don't have access to it`);
    switch (op) {
      case "GetSandbox":
        return exchange.answerJson(200, infoOf(sandbox));
      case "KillSandbox":
        sandbox.kill();
        return exchange.answer(204, {});
      case "SetTimeout":
        sandbox.extend(args["timeout"] as number, this.#now());
        return exchange.answer(204, {});
      case "PauseSandbox":
        if (sandbox.state === "paused") throw new Refusal(409, "sandbox is paused already");
        sandbox.pause();
        return exchange.answer(204, {});
      default:
        if (sandbox.state === "paused") sandbox.resume();
        sandbox.extend((args["timeout"] as number | undefined) ?? 300, this.#now());
        return exchange.answerJson(200, bodyOf(sandbox));
    }
  }

  #create(exchange: Exchange, args: Record<string, unknown>): void {
    const sandbox = new Sandbox({ ...args, hasRealHome: this.#hasRealHomes });
    sandbox.extend((args["timeout"] as number | undefined) ?? 300, this.#now());
    this.sandboxes.set(sandbox.id, sandbox);
    exchange.answerJson(201, bodyOf(sandbox));
  }

  /** Ends what has run out of time. */
  expire(sandbox: Sandbox): void {
    if (sandbox.state !== "running" || this.#now() < sandbox.endsAtMs) return;
    if (sandbox.autoPause) sandbox.pause();
    else sandbox.kill();
  }
}

function isThere({ state }: Sandbox): boolean {
  return state !== "killed";
}

function bodyOf({ id, token, isOpen }: Sandbox): object {
  return {
    sandboxID: id,
    templateID: "base",
    clientID: "local",
    envdVersion: "0.6.13",
    ...(isOpen ? {} : { envdAccessToken: token }),
  };
}

function infoOf(sandbox: Sandbox): object {
  return {
    ...bodyOf(sandbox),
    state: sandbox.state,
    metadata: sandbox.metadata,
    startedAt: new Date(0).toISOString(),
    endAt: new Date(sandbox.endsAtMs).toISOString(),
    cpuCount: 2,
    memoryMB: 512,
    diskSizeMB: 1024,
  };
}
