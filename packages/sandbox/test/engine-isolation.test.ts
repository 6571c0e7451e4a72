import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Bash, ReadWriteFs } from "just-bash";
import { afterAll, describe, expect, it } from "vitest";
import type { Engine } from "../src/index.ts";
import { javascript } from "../src/javascript/javascript.ts";
import { shell } from "../src/shell/shell.ts";
import { Attempt, plantSecrets } from "./attempt.ts";
import type { Attack } from "./attacks.ts";
import { JAVASCRIPT_ATTACKS, SHELL_ATTACKS } from "./engine-attacks.ts";
import { newSession } from "./helpers.ts";

plantSecrets();

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

for (const [name, make, plain, attacks, works] of ENGINES)
  describe(`untrusted ${name}`, () => {
    for (const [index, attack] of attacks.entries())
      it(`does not get out by ${attack.name}`, async () => {
        // An attack that never works proves nothing: it must succeed where nothing stands in its way, or say why not.
        const bare = await Attempt.make(attack, `${name}-plain-${index}`);
        const isHarmless = attack.harmless !== undefined;
        const told = await plain(bare.code);
        expect([attack.name, await bare.succeeds(told, isHarmless ? 50 : 5000)]).toEqual([
          attack.name,
          !isHarmless,
        ]);

        const attempt = await Attempt.make(attack, `${name}-session-${index}`);
        const session = await newSession({ engine: make(), limits: { timeoutMs: 20_000 } });
        expect(await attempt.succeededBy(await session.execute(attempt.code))).toBe(false);
        // The session is none the worse for it.
        await session.reset();
        expect(await session.execute(works)).toMatchObject({ ok: true, exitCode: 0 });
      });
  });
