import { Sandbox, type SandboxOpts } from "e2b";
import { E2bProvider } from "./provider.ts";
import { KeepAlive } from "./remote/keep-alive.ts";
import { Remote } from "./remote/remote.ts";
import { Retry, type RetryOptions } from "./remote/retry.ts";

/** Which sandbox is used, and how. What is not named here goes to the SDK: `apiKey`, `timeoutMs`, `metadata`, `envs`. */
export interface E2bOptions extends Omit<SandboxOpts, "mcp" | "template"> {
  /** A sandbox of your own, which `close` leaves as it is unless `onClose` is told. */
  readonly sandbox?: Sandbox | undefined;
  /** Of a sandbox that is there: it is connected to, and resumed where it is paused. */
  readonly sandboxId?: string | undefined;
  /** What a new sandbox is made from, where neither of the two above is given; E2B's own unless told. */
  readonly template?: string | undefined;
  /** The folder of the sandbox that is shown, `/home/user` unless told. It is made where it is missing. */
  readonly rootDir?: string | undefined;
  /** Whose rights are used, and whose the files are: `user` unless the template has it otherwise. */
  readonly user?: string | undefined;
  /** What `close` does with the sandbox: `kill` for one that was made here, else `leave`, unless told. */
  readonly onClose?: "leave" | "kill" | "pause" | undefined;
  /**
   * Keeps the sandbox alive while it is used: so many milliseconds from the last use on. It costs a request each quarter
   * of that time, at the most. Off unless told.
   */
  readonly keepAliveMs?: number | undefined;
  /** Has a sandbox go on that is found paused. Else, and unless told, that is `ENXIO`. */
  readonly resume?: boolean | undefined;
  readonly retry?: RetryOptions | undefined;
  /** How many requests are under way at a time, 16 unless told. */
  readonly concurrency?: number | undefined;
}

/**
 * Makes a filesystem of the files of an E2B sandbox.
 *
 * @example
 * const vfs = createVfs(e2b({ sandbox: await Sandbox.create() }));
 *
 * @throws TypeError for options that make no sense. No request is made: a sandbox is made, or connected to, when it is
 * first needed.
 * @see https://e2b.dev/docs
 */
export function e2b(options: E2bOptions): E2bProvider {
  const {
    sandbox,
    sandboxId,
    template,
    rootDir = "/home/user",
    user,
    keepAliveMs,
    retry,
    ...others
  } = options;
  const { resume = false, concurrency = 16, onClose: asked, ...sdk } = others;
  if (sandbox !== undefined && (sandboxId ?? template) !== undefined)
    throw new TypeError(
      "give a sandbox, or the sandboxId of one, or a template for one to be made; not two of them",
    );
  if (!rootDir.startsWith("/") || rootDir.includes("\0"))
    throw new TypeError(`rootDir must be an absolute path of the sandbox, got ${JSON.stringify(rootDir)}`);
  if (keepAliveMs !== undefined && !(keepAliveMs >= 1000))
    throw new TypeError(`keepAliveMs must be at least 1,000, got ${keepAliveMs}`);
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new TypeError(`concurrency must be at least 1, got ${concurrency}`);
  const isOurs = sandbox === undefined && sandboxId === undefined;
  const onClose = asked ?? (isOurs ? "kill" : "leave");
  const remote = new Remote({
    open: async () => {
      if (sandbox !== undefined) return sandbox;
      if (sandboxId !== undefined) return await Sandbox.connect(sandboxId, sdk);
      return template === undefined ? await Sandbox.create(sdk) : await Sandbox.create(template, sdk);
    },
    root: rootDir.replace(/(?<=.)\/+$/, ""),
    user,
    retry: new Retry(retry),
    concurrency,
    resumes: resume,
    keepAlive:
      keepAliveMs === undefined
        ? undefined
        : (opened) => new KeepAlive(keepAliveMs, (timeoutMs) => opened.setTimeout(timeoutMs)),
  });
  return new E2bProvider(remote, sandbox?.sandboxId ?? sandboxId, async () => {
    // What was never needed was never made.
    if (onClose === "leave" || (isOurs && !remote.isOpen)) return;
    const opened = await remote.sandbox;
    await (onClose === "kill" ? opened.kill() : opened.pause());
  });
}
