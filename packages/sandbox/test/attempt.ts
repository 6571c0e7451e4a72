import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { Attack } from "./attacks.ts";

const SECRET_TEXT = "planted-secret-3b1f";
const SENTINEL_TEXT = "planted-sentinel-77aa";

const folder = mkdtempSync(join(tmpdir(), "attack-"));
const secret = join(folder, "secret");

/** One attack on one interpreter, aimed at a file and a server of its own. */
export class Attempt {
  readonly code: string;
  readonly #marker: string;
  #wasAsked = false;

  static async make(attack: Attack, name: string): Promise<Attempt> {
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    return new Attempt(attack, name, server);
  }

  private constructor({ code }: Attack, name: string, server: Server) {
    const { port } = server.address() as AddressInfo;
    this.#marker = join(folder, name);
    server.on("connection", (socket) => {
      this.#wasAsked = true;
      // The guest's process may end before it has read this.
      socket.on("error", () => undefined);
      socket.end(`HTTP/1.0 200 OK\r\n\r\n${SECRET_TEXT}`);
    });
    this.code = code
      .replaceAll("SECRET", secret)
      .replaceAll("MARKER", this.#marker)
      .replaceAll("PORT", String(port));
  }

  /** What the interpreter told, without the names that the attack itself has. */
  succeededBy(told: unknown): Promise<boolean> {
    return this.succeeds(JSON.stringify(told).replaceAll(secret, ""), 150);
  }

  /** Whether it got out: the host noticed it, or it printed what it must not know. */
  succeeded(text: string): boolean {
    const printed = text.includes(SECRET_TEXT) || text.includes(SENTINEL_TEXT);
    return printed || this.#wasAsked || existsSync(this.#marker);
  }

  /** The same once what it has begun has had its time. */
  async succeeds(text: string, patienceMs: number): Promise<boolean> {
    const end = performance.now() + patienceMs;
    while (!this.succeeded(text) && performance.now() < end) await setTimeout(10);
    return this.succeeded(text);
  }
}

/** Plants what attacks look for, for as long as the tests of a file run. */
export function plantSecrets(): void {
  beforeAll(() => {
    writeFileSync(secret, SECRET_TEXT);
    process.env["SENTINEL"] = SENTINEL_TEXT;
  });
  afterAll(() => {
    delete process.env["SENTINEL"];
    rmSync(folder, { recursive: true });
  });
}
