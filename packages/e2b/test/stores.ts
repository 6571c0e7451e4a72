import { spawn, type ChildProcess } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Sandbox, type SandboxOpts } from "e2b";
import { e2b, type E2bOptions, type E2bProvider } from "../src/index.ts";
import { API_KEY } from "./server/server.ts";
import { USER_ID } from "./server/users.ts";

/** How the SDK reaches a server. */
export function reach(url: string): SandboxOpts & { apiKey: string } {
  return { apiUrl: url, sandboxUrl: url, apiKey: API_KEY };
}

/** A sandbox whose shells begin at once, unless `metadata` is told. */
export function newSandbox(url: string, options: SandboxOpts = {}): Promise<Sandbox> {
  return Sandbox.create({ ...reach(url), metadata: { profile: "none" }, timeoutMs: 3_600_000, ...options });
}

/** A server in a process of its own: starting a process costs a small one less than it costs the tests. */
export class ServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(): Promise<ServerProcess> {
    const main = fileURLToPath(new URL("server/main.ts", import.meta.url));
    const child = spawn(process.execPath, [main], { stdio: ["pipe", "pipe", "inherit"] });
    const said = await new Promise<string>((resolve, reject) => {
      child.stdout.once("data", (data: Buffer) => resolve(data.toString()));
      child.once("exit", () => reject(new Error("the server did not start")));
    });
    return new ServerProcess(child, (JSON.parse(said) as { url: string }).url);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.end();
    await ended;
  }
}

let count = 0;

/** Makes stores in folders of one sandbox, with retries that do not wait. */
export class Stores {
  readonly sandbox: Sandbox;
  readonly #home: string;

  private constructor(sandbox: Sandbox, home: string) {
    this.sandbox = sandbox;
    this.#home = home;
  }

  static async on(url: string): Promise<Stores> {
    const sandbox = await newSandbox(url);
    const { stdout } = await sandbox.commands.run('printf %s "$HOME"');
    return new Stores(sandbox, stdout);
  }

  /** A folder of its own, by the path that it has here and in the sandbox. */
  folder(): string {
    const path = `${this.#home}/store-${++count}`;
    mkdirSync(path);
    if (process.getuid?.() === 0) chownSync(path, USER_ID, USER_ID);
    return path;
  }

  make(options: Partial<E2bOptions> = {}): E2bProvider {
    return e2b({
      sandbox: this.sandbox,
      rootDir: this.folder(),
      retry: { baseMs: 1, mostMs: 20 },
      ...options,
    });
  }
}
