import { join } from "node:path";
import { createVfs } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit, peek } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { generationOf } from "./generations.ts";
import { randomizer } from "./random.ts";
import { Child } from "./run-child.ts";
import { snapshotsOf } from "./snapshots-of.ts";

/** How often a process is killed that keeps and drops states. */
const KILLS = 8;

interface Told {
  readonly doing?: "take" | "drop";
  readonly round?: number;
  readonly took?: string;
  readonly ids?: readonly string[];
  readonly dropped?: readonly string[];
}

/** What was acknowledged, and what was on its way. */
class Ledger {
  readonly kept = new Set<string>();
  readonly gone = new Set<string>();
  unsure = new Set<string>();
  round = 0;
  last: string | undefined = undefined;

  note({ doing, round, took, ids = [], dropped = [] }: Told): void {
    this.last = doing;
    if (round !== undefined) this.round = round;
    if (took !== undefined) this.kept.add(took);
    if (doing === "drop") this.unsure = new Set(ids);
    for (const id of dropped) this.gone.add(id);
    if (dropped.length > 0) this.unsure.clear();
    for (const id of [...ids, ...dropped]) this.kept.delete(id);
  }
}

/** Kills it after so many lines, or a few more, so that it is while states are dropped. */
async function runAndKill(child: Child, lines: number, inDrop: boolean, ledger: Ledger): Promise<void> {
  const note = (line: unknown): void => ledger.note(line as Told);
  for (let i = 0; i < lines; i++) note(await child.next());
  if (inDrop) while (ledger.last !== "drop") note(await child.next());
  await child.kill();
  for (let line = await child.next(); line !== undefined; line = await child.next()) note(line);
}

describe("sqlite › snapshots › crash", () => {
  it(
    `kill -9 › ${KILLS} times while states are kept and dropped, loses none and leaves nothing half done`,
    { timeout: 300_000 },
    async () => {
      const file = join(testDirectory(), "a.db");
      const random = randomizer(Date.now());
      const ledger = new Ledger();
      const killedIn = new Set<string | undefined>();
      for (let kill = 0; kill < KILLS; kill++) {
        const child = new Child("generations", file, `${ledger.round + 1}`, `${random(1e6)}`);
        await runAndKill(child, 1 + random(10), kill % 2 === 0, ledger);
        killedIn.add(ledger.last);
        const vfs = createVfs(sqlite({ file }));
        const kept = await snapshotsOf(vfs);
        const all = await kept.all();
        for (const id of ledger.kept) expect(all.map((one) => one.id)).toContain(id);
        for (const { id, label } of all) {
          expect(ledger.gone.has(id), `${id} is gone`).toBe(false);
          await using old = createVfs(await kept.open(id));
          expect(await generationOf(old), `round ${label}, killed in ${ledger.last}`).toBe(Number(label));
          // One that was taken, or not dropped, without a word.
          ledger.kept.add(id);
        }
        // Whoever drops next clears away what was left.
        if (all.length > 4) await kept.drop(all[0]?.id ?? "");
        if (all.length > 4) ledger.kept.delete(all[0]?.id ?? "");
        await vfs.usage("/");
        await expect.poll(() => peek(file, "SELECT revision FROM dropped")).toEqual([]);
        await vfs.close();
        expect(audit(file), `killed in ${ledger.last}`).toEqual([]);
      }
      expect(killedIn).toContain("drop");
    },
  );
});
