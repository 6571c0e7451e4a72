import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ATTACKS, type Attack } from "./attacks.ts";
import { newSession, valueOf } from "./helpers.ts";

const SECRET_TEXT = "planted-secret-3b1f";
const SENTINEL_TEXT = "planted-sentinel-77aa";

const folder = mkdtempSync(join(tmpdir(), "attack-"));
const secret = join(folder, "secret");

/** One attack on one interpreter, aimed at a file and a server of its own. */
class Attempt {
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

/** Pyodide as it is. */
class StockPyodide {
  #child: ChildProcess | undefined;

  /** What the code printed; nothing when it ended the process. */
  async run(code: string): Promise<string> {
    this.#child ??= fork(fileURLToPath(new URL("stock-pyodide.mjs", import.meta.url)), {
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const child = this.#child;
    child.send(code);
    const ended = new AbortController();
    const text = await Promise.race([
      once(child, "message", { signal: ended.signal }).then(([message]) => String(message)),
      once(child, "close", { signal: ended.signal }).then(() => undefined),
    ]);
    ended.abort();
    if (text === undefined) this.#child = undefined;
    return text ?? "";
  }

  end(): void {
    this.#child?.kill();
  }
}

const stock = new StockPyodide();

beforeAll(() => {
  writeFileSync(secret, SECRET_TEXT);
  process.env["SENTINEL"] = SENTINEL_TEXT;
});

afterAll(() => {
  stock.end();
  delete process.env["SENTINEL"];
  rmSync(folder, { recursive: true });
});

describe("untrusted code", () => {
  for (const [index, attack] of ATTACKS.entries())
    it(`does not get out by ${attack.name}`, async () => {
      // An attack that never works proves nothing: it must succeed on pyodide as it is, or say why it cannot.
      const plain = await Attempt.make(attack, `stock-${index}`);
      const isHarmless = attack.harmless !== undefined;
      const text = await stock.run(plain.code);
      expect(await plain.succeeds(text, isHarmless ? 150 : 5000)).toBe(!isHarmless);

      const attempt = await Attempt.make(attack, `session-${index}`);
      const session = await newSession({ limits: { timeoutMs: 10_000 } });
      const { stdout, stderr, error, value, repr } = await session.execute(attempt.code);
      const told = JSON.stringify({ stdout, stderr, error, value, repr });
      expect(await attempt.succeeds(told.replaceAll(secret, ""), 150)).toBe(false);
      expect(await valueOf(session, "1 + 1")).toBe(2);
      expect(await valueOf(await newSession(), "open('/data/f', 'w').write('fine')")).toBe(4);
    });
});
