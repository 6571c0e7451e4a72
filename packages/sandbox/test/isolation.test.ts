import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Attempt, plantSecrets } from "./attempt.ts";
import { ATTACKS } from "./attacks.ts";
import { newSession, valueOf } from "./helpers.ts";

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
plantSecrets();
afterAll(() => stock.end());

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
      expect(await attempt.succeededBy(await session.execute(attempt.code))).toBe(false);
      expect(await valueOf(session, "1 + 1")).toBe(2);
      expect(await valueOf(await newSession(), "open('/data/f', 'w').write('fine')")).toBe(4);
    });
});
