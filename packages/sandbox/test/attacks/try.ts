import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createSession, python, type Engine } from "../../src/index.ts";
import { javascript } from "../../src/javascript/javascript.ts";
import { shell } from "../../src/shell/shell.ts";
import { ATTACKS } from "./all-python.ts";
import type { Attack } from "./attack.ts";
import { Attempt, plantSecrets } from "./attempt.ts";
import { JAVASCRIPT_ATTACKS, SHELL_ATTACKS } from "./engines.ts";

// Tries, in whatever copy of this package it lies, the attacks that name a guard, and prints which of them get out.

const ENGINES: readonly (readonly [() => Engine, readonly Attack[]])[] = [
  [python, ATTACKS],
  [javascript, JAVASCRIPT_ATTACKS],
  [shell, SHELL_ATTACKS],
];

// What was begun by others, threads and programs, takes a moment.
const PATIENCE_MS = 400;

const [, , guard] = process.argv;
const uproot = plantSecrets();
const out: string[] = [];
for (const [engine, all] of ENGINES) {
  const attacks = all.filter((attack) => attack.guard === guard);
  if (attacks.length === 0) continue;
  const limits = { timeoutMs: 10_000 };
  const open = (): ReturnType<typeof createSession> =>
    createSession({ vfs: createVfs(memory()), engine: engine(), limits });
  await using session = await open();
  await using other = await open();
  for (const [index, attack] of attacks.entries()) {
    const attempt = await Attempt.make(attack, `${engine.name}-${index}`);
    const told = await session.execute(attempt.code);
    if (attack.victim !== undefined) attempt.shown((await other.execute(attack.victim)).stdout);
    const text = JSON.stringify(told).replaceAll(attempt.secret, "");
    if (await attempt.succeeds(text, PATIENCE_MS)) out.push(attack.name);
    if (attack.spoils === true) await session.reset();
  }
}
uproot();
process.stdout.write(JSON.stringify(out));
process.exit(0);
