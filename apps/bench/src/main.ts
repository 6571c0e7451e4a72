import { cpus } from "node:os";
import type { Bench, Row } from "./row.ts";
import { sandboxes } from "./rows/e2b.ts";
import { engines } from "./rows/engines.ts";
import { facade } from "./rows/facade.ts";
import { layers } from "./rows/layers.ts";
import { nativeSnapshots } from "./rows/native-snapshots.ts";
import { overlays } from "./rows/overlay.ts";
import { pythonSession } from "./rows/python.ts";
import { quotas } from "./rows/quota.ts";
import { localRaces, memoryRace, sqliteRace } from "./rows/races.ts";
import { buckets } from "./rows/s3.ts";
import { scaleMemory } from "./rows/scale-memory.ts";
import { scaleSqlite } from "./rows/scale-sqlite.ts";
import { searching } from "./rows/search.ts";
import { sandbox, sessions } from "./rows/sandbox.ts";
import { security } from "./rows/security.ts";
import { snapshotting } from "./rows/snapshot.ts";
import { storeSnapshots } from "./rows/store-snapshots.ts";
import { besideTable } from "./rows/sqlite.ts";
import { streaming } from "./rows/streaming.ts";

// `pnpm --filter @vfs/bench bench [word]`: prints all figures, or those of the groups whose name has the word in it.
const ALL: readonly Bench[] = [
  facade,
  quotas,
  layers,
  overlays,
  besideTable,
  buckets,
  sandboxes,
  searching,
  security,
  streaming,
  snapshotting,
  ...nativeSnapshots,
  storeSnapshots,
  pythonSession,
  engines,
  sessions,
  sandbox,
  memoryRace,
  sqliteRace,
  ...localRaces,
  scaleMemory,
  scaleSqlite,
];
const [word = ""] = process.argv.slice(2);

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, figure, target, reached }) => [
    what,
    figure,
    target,
    reached ? "" : "MISSED",
  ]);
  return [["", "figure", "target", ""], ["---", "---:", "---", "---"], ...lines]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}; medians\n`);
let missed = 0;
for (const { name, run } of ALL.filter((bench) => bench.name.includes(word))) {
  const rows = await run();
  missed += rows.filter(({ reached }) => !reached).length;
  console.log(`## ${name}\n\n${table(rows)}\n`);
}
console.log(missed === 0 ? "All targets are reached." : `${missed} targets are missed.`);
process.exitCode = missed === 0 ? 0 : 1;
