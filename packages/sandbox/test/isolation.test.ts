import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSession, python, type Session } from "../src/index.ts";
import { ATTACKS } from "./attacks/all-python.ts";
import type { Attack } from "./attacks/attack.ts";
import { Attempt, plantSecrets, SIGNAL } from "./attacks/attempt.ts";
import { BRIDGED, UNHIDE } from "./attacks/bridge.ts";

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
    this.#child = undefined;
  }
}

const stock = new StockPyodide();
afterAll(plantSecrets());
afterAll(() => stock.end());

const newSession = (): Promise<Session> =>
  createSession({ vfs: createVfs(memory()), engine: python(), limits: { timeoutMs: 10_000 } });

/** What came of an attack in a session, and what that and another one were good for afterwards. */
interface Outcome {
  readonly inSession: boolean;
  readonly after: unknown;
  /** What its interpreter was ended for. */
  readonly ended: string;
}

// Some thirty attacks begin with the same call of JavaScript, for which the seal ends the interpreter: another one is to be
// started for each. One of each group is tried, unless all are asked for; `layers.test.ts` tries all without a seal.
const tryEach = process.env["VFS_ALL"] === "1";
const isFirst = (attack: Attack): boolean =>
  ATTACKS.find(({ group, code }) => group === attack.group && code.startsWith(BRIDGED)) === attack;
const IN_SESSIONS = new Set(
  ATTACKS.filter((attack) => tryEach || !attack.code.startsWith(BRIDGED) || isFirst(attack)),
);

const outcomes = new Map<Attack, Outcome>();
const onStock = new Map<Attack, boolean>();

async function tryAll(): Promise<void> {
  await using attacked = await newSession();
  await using other = await newSession();
  const tried: (() => Promise<void>)[] = [];
  const inSessions: Attempt[] = [];
  for (const [index, attack] of ATTACKS.entries()) {
    const plain = await Attempt.make(attack, `stock-${index}`);
    const text = await stock.run(plain.code);
    if (attack.victim !== undefined) plain.shown(await stock.run(attack.victim));
    // A signal takes a moment; it is not to be taken for that of the other one.
    if (attack.code.includes(SIGNAL)) await setTimeout(100);
    if (attack.spoils === true) stock.end();
    const patienceMs = attack.harmless === undefined ? 5000 : 150;
    if (!IN_SESSIONS.has(attack)) {
      tried.push(async () => void onStock.set(attack, await plain.succeeds(text, patienceMs)));
      continue;
    }
    const attempt = await Attempt.make(attack, `session-${index}`);
    const told = await attacked.execute(attempt.code);
    if (attack.victim !== undefined) attempt.shown((await other.execute(attack.victim)).stdout);
    inSessions.push(attempt);
    if (attack.spoils === true && !told.restarted) await attacked.reset();
    const after = [
      (await attacked.execute("1 + 1")).value,
      (await other.execute("open('/data/f', 'w').write('fine')")).value,
    ];
    tried.push(async () => {
      const [isOut, inSession] = await Promise.all([
        plain.succeeds(text, patienceMs),
        attempt.succeededBy(told),
      ]);
      onStock.set(attack, isOut);
      outcomes.set(attack, { inSession, after, ended: told.restarted ? (told.error?.message ?? "") : "" });
    });
  }
  // Somebody who comes later is not shown anything either.
  await using late = await newSession();
  for (const attempt of inSessions)
    if (attempt.attack.victim !== undefined)
      attempt.shown((await late.execute(attempt.attack.victim)).stdout);
  await Promise.all(tried.map((settle) => settle()));
}

describe("untrusted code", () => {
  beforeAll(tryAll, 300_000);

  it("is tried with attacks that each have a name and a guard, or nothing in the way that is ours", () => {
    expect(new Set(ATTACKS.map(({ name }) => name)).size).toBe(ATTACKS.length);
    const working = ATTACKS.filter(({ harmless }) => harmless === undefined);
    expect(working.length).toBeGreaterThanOrEqual(60);
    expect(working.filter(({ guard }) => guard === undefined)).toEqual([]);
  });

  for (const attack of ATTACKS)
    it(`does not get out by ${attack.name}`, () => {
      // An attack that never works proves nothing: it must succeed on pyodide as it is, or say why it cannot.
      expect(onStock.get(attack)).toBe(attack.harmless === undefined);
      const { inSession, after, ended } = outcomes.get(attack) ?? outcomeOfGroup(attack);
      expect(inSession).toBe(false);
      expect(after).toEqual([2, 4]);
      expect(ended).toContain(firstCall(attack));
    });
});

/** What came of the attack of the same group that begins as this one does. */
function outcomeOfGroup(attack: Attack): Outcome {
  const first = ATTACKS.find(({ group, code }) => group === attack.group && code.startsWith(BRIDGED));
  return outcomes.get(first as Attack) as Outcome;
}

/** What the seal must have ended an attack for that begins with the bridge, whatever would come next. */
function firstCall({ code }: Attack): string {
  if (code.startsWith(BRIDGED)) return "it called JsvArray_New";
  return code.startsWith(UNHIDE) ? "it called" : "";
}
