import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Attack } from "./attack.ts";

const SECRET_TEXT = "planted-secret-3b1f";
const SENTINEL_TEXT = "planted-sentinel-77aa";
const WHOLE = "not to be touched";
/** What the host listens for. */
export const SIGNAL = "SIGUSR2";

// Where it is planted is in what attacks say: it is the same for all files of tests in this process.
const folder = mkdtempSync(join(tmpdir(), "attack-"));
const secret = join(folder, "secret");
let signals = 0;
const count = (): void => void signals++;

/** One attack on one interpreter, aimed at files and a server of its own. */
export class Attempt {
  readonly attack: Attack;
  readonly code: string;
  /** The path of the planted file. */
  readonly secret: string = secret;
  readonly #marker: string;
  readonly #victim: string;
  readonly #poison: string;
  readonly #server: Server;
  readonly #signalsBefore = signals;
  #wasAsked = false;
  #isPoisoned = false;

  static async make(attack: Attack, name: string): Promise<Attempt> {
    const server = createServer().listen(0, "127.0.0.1");
    server.unref();
    await once(server, "listening");
    return new Attempt(attack, name, server);
  }

  private constructor(attack: Attack, name: string, server: Server) {
    const { port } = server.address() as AddressInfo;
    this.attack = attack;
    this.#server = server;
    this.#marker = join(folder, name);
    this.#victim = join(folder, `${name}-victim`);
    this.#poison = `poisoned-by-${name}`;
    if (attack.code.includes("VICTIM")) writeFileSync(this.#victim, WHOLE);
    server.on("connection", (socket) => {
      this.#wasAsked = true;
      // The guest's process may end before it has read this.
      socket.on("error", () => undefined);
      socket.end(`HTTP/1.0 200 OK\r\n\r\n${SECRET_TEXT}`);
    });
    this.code = attack.code
      .replaceAll("SECRET", secret)
      .replaceAll("MARKER", this.#marker)
      .replaceAll("VICTIM", this.#victim)
      .replaceAll("POISON", this.#poison)
      .replaceAll("PORT", String(port));
  }

  /** Takes down what somebody else was shown, who ran the attack's other half. */
  shown(printed: string): void {
    this.#isPoisoned ||= printed.includes(this.#poison);
  }

  /** What the interpreter told, without the names that the attack itself has. */
  succeededBy(told: unknown): Promise<boolean> {
    return this.succeeds(JSON.stringify(told).replaceAll(secret, ""), 150);
  }

  /** Whether it got out once what it has begun has had its time. Closes what it was aimed at. */
  async succeeds(text: string, patienceMs: number): Promise<boolean> {
    const end = performance.now() + patienceMs;
    while (!this.#hasSucceeded(text) && performance.now() < end) await setTimeout(10);
    this.#server.close();
    return this.#hasSucceeded(text);
  }

  /** Whether the host noticed it, or it printed what it must not know. */
  #hasSucceeded(text: string): boolean {
    const printed = text.includes(SECRET_TEXT) || text.includes(SENTINEL_TEXT);
    return printed || this.#wasAsked || this.#isPoisoned || this.#isHarmed();
  }

  #isHarmed(): boolean {
    const { code } = this.attack;
    if (code.includes(SIGNAL) && signals > this.#signalsBefore) return true;
    if (existsSync(this.#marker)) return true;
    return (
      code.includes("VICTIM") && (!existsSync(this.#victim) || readFileSync(this.#victim, "utf8") !== WHOLE)
    );
  }
}

/** Plants what attacks look for. Answers how to take it away again. */
export function plantSecrets(): () => void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(secret, SECRET_TEXT);
  process.env["SENTINEL"] = SENTINEL_TEXT;
  process.on(SIGNAL, count);
  return () => {
    process.off(SIGNAL, count);
    delete process.env["SENTINEL"];
    rmSync(folder, { recursive: true });
  };
}
