import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { Bash, ReadWriteFs } from "just-bash";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSession, type Engine, type Session } from "../src/index.ts";
import { javascript } from "../src/javascript/javascript.ts";
import { shell } from "../src/shell/shell.ts";
import type { Attack } from "./attacks/attack.ts";
import { Attempt, plantSecrets } from "./attacks/attempt.ts";
import { JAVASCRIPT_ATTACKS, SHELL_ATTACKS } from "./attacks/engines.ts";

afterAll(plantSecrets());

const folder = mkdtempSync(join(tmpdir(), "stock-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Plain Node: what the code prints. */
async function plainNode(code: string): Promise<string> {
  const script = `(async () => {\nconst fs = require("fs");\n${code}\n})().catch((error) => console.log(error.message)).finally(() => process.exit())`;
  const child = spawn(process.execPath, ["--no-warnings", "-e", script], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [printed] = await Promise.all([text(child.stdout), once(child, "close")]);
  return printed;
}

/** just-bash in this process, over the host's own files. */
async function plainBash(code: string): Promise<string> {
  const bash = new Bash({ fs: new ReadWriteFs({ root: "/", allowSymlinks: true }), cwd: folder });
  const { stdout, stderr } = await bash.exec(code);
  return stdout + stderr;
}

const ENGINES: readonly [
  string,
  () => Engine,
  (code: string) => Promise<string>,
  readonly Attack[],
  string,
][] = [
  ["javascript", javascript, plainNode, JAVASCRIPT_ATTACKS, "1 + 1"],
  ["shell", shell, plainBash, SHELL_ATTACKS, "true"],
];

/** What came of an attack where nothing stands in its way and in a session, and whether that is of use afterwards. */
interface Outcome {
  readonly onPlain: boolean;
  readonly inSession: boolean;
  readonly after: unknown;
}

for (const [name, make, plain, attacks, works] of ENGINES)
  describe(`untrusted ${name}`, () => {
    const outcomes = new Map<Attack, Outcome>();
    let session: Session;
    beforeAll(async () => {
      session = await createSession({
        vfs: createVfs(memory()),
        engine: make(),
        limits: { timeoutMs: 60_000 },
      });
      // What they have begun has its time after all of them, not after each.
      const settling: Promise<void>[] = [];
      for (const [index, attack] of attacks.entries()) {
        const bare = await Attempt.make(attack, `${name}-plain-${index}`);
        const told = await plain(bare.code);
        const attempt = await Attempt.make(attack, `${name}-session-${index}`);
        const result = await session.execute(attempt.code);
        if (attack.spoils === true) await session.reset();
        const { ok, exitCode } = await session.execute(works);
        const settle = async (): Promise<void> => {
          const [onPlain, inSession] = await Promise.all([
            bare.succeeds(told, attack.harmless === undefined ? 5000 : 50),
            attempt.succeededBy(result),
          ]);
          outcomes.set(attack, { onPlain, inSession, after: [ok, exitCode] });
        };
        settling.push(settle());
      }
      await Promise.all(settling);
    });
    afterAll(() => session.close());

    // An attack that never works proves nothing: it must succeed where nothing stands in its way, or say why not.
    for (const attack of attacks)
      it(`does not get out by ${attack.name}`, () =>
        expect(outcomes.get(attack)).toEqual({
          onPlain: attack.harmless === undefined,
          inSession: false,
          after: [true, 0],
        }));
  });
