import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EVENTS } from "../race/events.ts";
import { race, type Standing } from "../race/race.ts";
import { raceTable, ratios, type Aim } from "../race/table.ts";
import type { Bench, Row } from "../row.ts";

// What is in memory only, where the host has such a thing.
const TMPFS = "/dev/shm";

const MEMORY_PEERS = [
  "memfs",
  "zenfs InMemory",
  "node:vfs memory",
  "just-bash",
  "cloudflare shell",
  "opendal memory",
];
const SYNC_PEERS = ["memfs sync", "zenfs InMemory sync", "node:vfs memory sync", "opendal memory sync"];

/** Stores in memory, and the host's own on a tmpfs. Some share their memory with the caller: those may be a fifth ahead. */
export const memoryRace: Bench = {
  name: "race: memory beside its peers",
  run: () =>
    onMedium(TMPFS, async (folder) => {
      const standings = await race(
        [
          "@vfs/memory",
          "@vfs/memory sync",
          ...MEMORY_PEERS,
          ...SYNC_PEERS,
          "node:fs",
          "node:fs sync",
          "limit: Map and copies",
        ],
        folder,
      );
      const aims = everywhere(1);
      return report(standings, [
        ...ratios(standings, "@vfs/memory", [...MEMORY_PEERS, "node:fs"], aims, 0.8),
        ...ratios(standings, "@vfs/memory sync", [...SYNC_PEERS, "node:fs sync"], aims, 0.8),
      ]);
    }),
};

const THREE_TIMES = new Set(["write", "append", "stream in", "stat, 16 deep", "rename folder"]);

/** Filesystems in a SQLite file on disk. */
export const sqliteRace: Bench = {
  name: "race: sqlite beside AgentFS",
  run: () =>
    onMedium(tmpdir(), async (folder) => {
      const agents = ["agentfs", "agentfs on better-sqlite3"];
      const kind = "agentfs on better-sqlite3, statements kept";
      const single = "limit: better-sqlite3";
      const together = ["limit: better-sqlite3, 50 a commit", "limit: better-sqlite3, 5000 a commit"];
      const standings = await race(
        ["@vfs/sqlite", "@vfs/sqlite sync", ...agents, kind, single, ...together],
        folder,
      );
      const aims = EVENTS.map(({ name }) => ({ event: name, times: THREE_TIMES.has(name) ? 3 : 1.5 }));
      return report(standings, [
        ...ratios(standings, "@vfs/sqlite", agents, aims),
        ...ratios(standings, "@vfs/sqlite", [single], [{ event: "write", times: 0.5 }]),
        // One row a limit: the best of them alone would hide the other.
        ...together.flatMap((limit) =>
          ratios(asIfAtOnce(standings), "@vfs/sqlite", [limit], [{ event: "write, 50 at once", times: 0.5 }]),
        ),
        // AgentFS as nobody has it: shown, and no target.
        ...ratios(standings, "@vfs/sqlite", [kind], aims).map(untargeted),
      ]);
    }),
};

const THROUGH_HANDLES = new Set(["random read", "stream in", "stream out"]);

/** A confined directory beside the bare host. */
export const localRaces: readonly Bench[] = [
  { name: "race: local beside node:fs, on disk", run: () => onMedium(tmpdir(), raceLocal) },
  { name: "race: local beside node:fs, on a tmpfs", run: () => onMedium(TMPFS, raceLocal) },
];

async function raceLocal(folder: string): Promise<Row[]> {
  const standings = await race(["@vfs/local", "@vfs/local sync", "node:fs", "node:fs sync"], folder);
  const aims = EVENTS.map(({ name }) => ({
    event: name,
    times: THROUGH_HANDLES.has(name) ? 0.85 : 0.6,
  }));
  return report(standings, [
    ...ratios(standings, "@vfs/local", ["node:fs"], aims),
    // What is promised is held against promises; beside bare synchronous calls each check of the root shows.
    ...ratios(standings, "@vfs/local sync", ["node:fs sync"], aims).map(untargeted),
  ]);
}

/** A row that is shown only. */
function untargeted({ what, figure }: Row): Row {
  return { what, figure, target: "", reached: true };
}

/** A transaction has no "at once": its plain rate is what 50 writes in flight are held against. */
function asIfAtOnce(standings: readonly Standing[]): Standing[] {
  return standings.map((standing) => {
    const write = standing.rates.get("write");
    if (!standing.name.startsWith("limit") || write === undefined) return standing;
    return { ...standing, rates: new Map(standing.rates).set("write, 50 at once", write) };
  });
}

function everywhere(times: number): Aim[] {
  return EVENTS.map(({ name }) => ({ event: name, times }));
}

function report(standings: readonly Standing[], rows: Row[]): Row[] {
  console.log(`${raceTable(standings)}\n\n* ended by the clock\n`);
  return rows;
}

async function onMedium(base: string, action: (folder: string) => Promise<Row[]>): Promise<Row[]> {
  const folder = mkdtempSync(join(existsSync(base) ? base : tmpdir(), "vfs-race-"));
  try {
    return await action(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
