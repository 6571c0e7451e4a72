import { isVfsError, VfsError, type Bytes, type VPath } from "@vfs/core";
import type { Sandbox } from "e2b";
import { replyOf, type Output, type Reply } from "../shell/reply.ts";
import { scriptOf } from "../shell/script.ts";
import { failedFor, finalError, notRunning, outcomeOf } from "./failure.ts";
import { Gate } from "./gate.ts";
import type { KeepAlive } from "./keep-alive.ts";
import { retryAfterOf, type Retry } from "./retry.ts";

/** How a sandbox is reached. */
export interface RemoteOptions {
  /** Makes it, or connects to it, when it is first needed. */
  readonly open: () => Promise<Sandbox>;
  readonly root: string;
  readonly user: string | undefined;
  readonly retry: Retry;
  readonly concurrency: number;
  /** Whether a sandbox that does not run is asked to go on. */
  readonly resumes: boolean;
  readonly keepAlive: ((sandbox: Sandbox) => KeepAlive) | undefined;
}

/** A call of the shell of a sandbox. */
export interface ShellCall {
  readonly words: readonly string[];
  /** Of the call, to tell on which of them a link was met. */
  readonly paths: readonly VPath[];
  readonly signal: AbortSignal | undefined;
  /** Whether it may be done twice without harm, for when an answer is lost. */
  readonly repeatable: boolean;
}

/** A sandbox, reached by requests that are made again where that helps and does no harm. */
export class Remote {
  readonly root: string;
  readonly user: string | undefined;
  readonly #options: RemoteOptions;
  readonly #gate: Gate;
  #opening: Promise<Sandbox> | undefined;
  #keepAlive: KeepAlive | undefined;
  #resuming: Promise<unknown> | undefined;

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.root = options.root;
    this.user = options.user;
    this.#gate = new Gate(options.concurrency);
  }

  /** The sandbox; made or connected to when this is first asked. */
  get sandbox(): Promise<Sandbox> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Whether it has been asked for. */
  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  async #open(): Promise<Sandbox> {
    try {
      const sandbox = await this.#options.open();
      this.#keepAlive = this.#options.keepAlive?.(sandbox);
      return sandbox;
    } catch (error) {
      this.#opening = undefined;
      const outcome = outcomeOf(error);
      throw outcome === "final" ? finalError(error) : failedFor("refused", error);
    }
  }

  stop(): void {
    this.#keepAlive?.stop();
  }

  /** Runs a script and gives its answer. One request. */
  async shell(body: string, call: ShellCall): Promise<Reply> {
    return await this.request(call.signal, call.repeatable, async (sandbox) => {
      const { text, mark } = scriptOf(this.root, body, call.words);
      const options = { timeoutMs: 0, ...this.#as(), ...(call.signal && { signal: call.signal }) };
      const output = await outputOf(() => sandbox.commands.run(text, options));
      return replyOf(mark, output, call.paths);
    });
  }

  /** Starts a script that goes on after it has answered. One request. */
  async background(body: string, call: ShellCall): Promise<Reply & { readonly pid: number }> {
    return await this.request(call.signal, call.repeatable, async (sandbox) => {
      const { text, mark } = scriptOf(this.root, body, call.words);
      const said = Promise.withResolvers<string>();
      let stdout = "";
      const onStdout = (part: string): void => {
        stdout += part;
        if (stdout.endsWith(`${END_OF_ANSWER}\0`)) said.resolve(stdout);
      };
      const handle = await sandbox.commands.run(text, {
        background: true,
        timeoutMs: 0,
        onStdout,
        ...this.#as(),
      });
      const ended = outputOf(() => handle.wait());
      ended.catch(() => undefined);
      const output = await Promise.race([
        said.promise.then((whole): Output => ({ stdout: whole, stderr: "", exitCode: 0 })),
        ended,
      ]);
      await handle.disconnect();
      return { ...replyOf(mark, output, call.paths), pid: handle.pid };
    });
  }

  /** Ends a process of the sandbox. One request. */
  async kill(pid: number): Promise<void> {
    await this.request(undefined, true, (sandbox) => sandbox.commands.kill(pid));
  }

  /** Sends a file's content to where it is kept until it has its place. One request. */
  async upload(
    path: string,
    data: Blob | ReadableStream<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    // A source can be read once.
    const repeatable = data instanceof Blob;
    await this.request(signal, repeatable, async (sandbox) => {
      const url = await sandbox.uploadUrl(path, this.#as());
      const body = {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body: data,
        ...(repeatable ? {} : { duplex: "half" }),
      };
      await (await this.#fetch(sandbox, url, body, signal)).body?.cancel();
    });
  }

  /**
   * Gets a file's content, or a part of it, as it is: what the SDK reads is compressed on the way, which costs more than
   * it saves. One request.
   *
   * @param path As the sandbox has it.
   */
  async download(
    path: string,
    range: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    return await this.request(signal, true, async (sandbox) => {
      const url = await sandbox.downloadUrl(path, this.#as());
      const headers = { "accept-encoding": "identity", ...(range === undefined ? {} : { range }) };
      return await this.#fetch(sandbox, url, { headers }, signal);
    });
  }

  /** As {@link download}, to its end. */
  async downloadBytes(
    path: string,
    range: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Bytes> {
    return await this.request(signal, true, async (sandbox) => {
      const url = await sandbox.downloadUrl(path, this.#as());
      const headers = { "accept-encoding": "identity", ...(range === undefined ? {} : { range }) };
      return new Uint8Array(await (await this.#fetch(sandbox, url, { headers }, signal)).arrayBuffer());
    });
  }

  /** Makes a request, again where it was not taken, or where it does no harm; and tells whether the sandbox is gone. */
  async request<T>(
    signal: AbortSignal | undefined,
    repeatable: boolean,
    action: (sandbox: Sandbox) => Promise<T>,
  ): Promise<T> {
    const { retry } = this.#options;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const sandbox = await this.sandbox;
      try {
        return await this.#gate.through(() => this.#alive(() => action(sandbox)));
      } catch (error) {
        signal?.throwIfAborted();
        if (isVfsError(error) || isSignal(error)) throw error;
        const outcome = outcomeOf(error);
        if (outcome === "final") throw finalError(error);
        const asked = await this.#look(sandbox, error);
        const again = outcome === "refused" || repeatable;
        if (!again || attempt === retry.attempts) throw failedFor(outcome, error);
        await retry.pause(attempt, asked, signal);
      }
    }
  }

  #alive<T>(action: () => Promise<T>): Promise<T> {
    return this.#keepAlive === undefined ? action() : this.#keepAlive.during(action);
  }

  /**
   * Looks whether the sandbox runs at all, and has it go on where that is wanted.
   *
   * @returns How long it asks to wait.
   */
  async #look(sandbox: Sandbox, cause: unknown): Promise<number | undefined> {
    const asked = (cause as Partial<Refused>).retryAfterMs;
    if (asked !== undefined) return asked;
    const url = new URL("/health", await sandbox.downloadUrl("/", this.#as()));
    let answer: Response;
    try {
      answer = await fetch(url, { headers: headersFor(sandbox) });
      await answer.body?.cancel();
    } catch {
      // Nobody answers: as good as no news.
      return undefined;
    }
    if (answer.status !== 502) return retryAfterOf(answer.headers);
    if (!this.#options.resumes) throw notRunning(sandbox.sandboxId, cause);
    await this.#resume(sandbox, cause);
    return 0;
  }

  async #resume(sandbox: Sandbox, cause: unknown): Promise<void> {
    this.#resuming ??= sandbox.connect().finally(() => (this.#resuming = undefined));
    try {
      await this.#resuming;
    } catch {
      throw notRunning(sandbox.sandboxId, cause);
    }
  }

  async #fetch(
    sandbox: Sandbox,
    url: string,
    init: Omit<RequestInit, "headers"> & { readonly headers: Readonly<Record<string, string>> },
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const headers = { ...init.headers, ...headersFor(sandbox) };
    const answer = await fetch(url, { ...init, headers, ...(signal && { signal }) });
    if (answer.ok) return answer;
    const text = await answer.text();
    throw errorOf(answer.status, text, retryAfterOf(answer.headers));
  }

  #as(): { user?: string } {
    return this.user === undefined ? {} : { user: this.user };
  }
}

/** What a script in the background ends its answer with. */
export const END_OF_ANSWER = "vfs-ready";

/** Where all sandboxes have one host, these say which one is meant. */
function headersFor({ sandboxId }: Sandbox): Record<string, string> {
  return { "e2b-sandbox-id": sandboxId, "e2b-sandbox-port": "49983" };
}

/** A request that was not taken. */
interface Refused extends Error {
  readonly retryAfterMs: number | undefined;
}

function errorOf(status: number, text: string, retryAfterMs: number | undefined): Error {
  const message = `${status}: ${text.slice(0, 500)}`;
  if (status === 404) return new VfsError("ENOENT", { cause: new Error(message) });
  if (status === 507) return new VfsError("ENOSPC", { cause: new Error(message) });
  if (status === 401 || status === 403) return new VfsError("EACCES", { cause: new Error(message) });
  const refused = status === 429 || status === 502 || status === 503;
  const name = refused ? "ServiceBusyError" : status >= 500 ? "ServerError" : "InvalidArgumentError";
  return Object.assign(new Error(message), { name, retryAfterMs });
}

/** A script that ends with another status than 0 may have said why. */
async function outputOf(run: () => Promise<Output>): Promise<Output> {
  try {
    return await run();
  } catch (error) {
    const { name, result } = error as Error & { result?: Output };
    // -1: a signal ended it. What it printed until then is half an answer.
    if (name !== "CommandExitError" || result === undefined || result.exitCode < 0) throw error;
    return result;
  }
}

function isSignal(error: unknown): boolean {
  return !(error instanceof Error);
}
