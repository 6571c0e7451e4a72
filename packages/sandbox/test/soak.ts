import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createSession, python, type ExecutionResult, type Session } from "../src/index.ts";

// Many executions in many sessions on one Vfs, some of which are ended in the middle of what they do, however that can
// come about. Afterwards everything that was acknowledged is there, nothing is half there, and nothing is left over.
// `pnpm soak [executions] [sessions] [seed]` runs it; Linux only, for it looks into /proc.

const [executions = 2000, sessions = 20, seed = 1] = process.argv.slice(2).map(Number);
// Longer than anything in here takes; whoever waits longer waits for ever.
const STUCK_MS = 240_000;

/** How an execution may come to its end. */
type End = "itself" | "timeout" | "interrupt" | "kill" | "exit" | "reset" | "close" | "memory";
const ENDS: readonly (readonly [End, share: number])[] = [
  ["itself", 0.8],
  ["timeout", 0.03],
  ["interrupt", 0.03],
  ["kill", 0.05],
  ["exit", 0.03],
  ["reset", 0.02],
  ["close", 0.02],
  ["memory", 0.02],
];

/** Numbers from 0 to 1, the same for the same seed. */
function numbers(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One execution's work: a line in a log, a file that is replaced whole, and a row in a database that all share. */
function work(who: number, count: number): string {
  return `
import json, os, sqlite3
with open('/data/log-${who}', 'a') as log: log.write('${count}\\n')
with open('/data/new-${who}', 'w') as file: json.dump({'count': ${count}, 'filler': 'x' * 5000}, file)
os.replace('/data/new-${who}', '/data/state-${who}')
db = sqlite3.connect('/data/shared.db', timeout=100)
with db: db.execute('insert into done values (${who}, ${count})')
db.close()
scratch = [open(f'/data/scratch-${who}-{i}', 'w') for i in range(3)]
for file in scratch: file.write('y' * 3000)
`;
}

const LONG: Readonly<Record<"timeout" | "interrupt" | "kill", string>> = {
  timeout: "while True: open('/data/busy', 'a').close()",
  interrupt: "import time\nwhile True: time.sleep(0.01)",
  kill: "n = 0\nwhile True:\n  n += 1\n  open(f'/data/busy-{n % 9}', 'w').write('z' * n)",
};

const childrenOf = (): number[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
const openFiles = (): number => readdirSync("/proc/self/fd").length;
/** Of the whole process, and of what JavaScript can reach in it. */
const memoryMiB = (): { readonly rss: number; readonly heap: number } => {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20 };
};

/** A user of one session: does his share, and remembers what he was told is done. */
class User {
  readonly acknowledged: number[] = [];
  readonly ends: Record<string, number> = {};
  restarts = 0;
  /** How often an interpreter of his was killed, or his session closed, before it was there. */
  unborn = 0;
  readonly #vfs: Vfs;
  readonly #who: number;
  readonly #chance: () => number;
  #session: Session | undefined;

  constructor(vfs: Vfs, who: number) {
    this.#vfs = vfs;
    this.#who = who;
    this.#chance = numbers(seed * 1000 + who);
  }

  async run(share: number): Promise<void> {
    for (let count = 0; count < share; count++) {
      const end = this.#pick();
      this.ends[end] = (this.ends[end] ?? 0) + 1;
      try {
        await inTime(this.#once(count, end), `user ${this.#who}, execution ${count}, ${end}`);
      } catch (error) {
        const isClosed = end === "close" && isVfsError(error, "EBADF");
        if (!isKilledAtStart(error) && !isClosed) throw error;
        this.unborn++;
      }
    }
    await this.#session?.close();
  }

  #pick(): End {
    let left = this.#chance();
    for (const [end, share] of ENDS) {
      left -= share;
      if (left < 0) return end;
    }
    return "itself";
  }

  async #once(count: number, end: End): Promise<void> {
    const limits = { timeoutMs: 120_000, memoryBytes: 64 << 20 };
    this.#session ??= await createSession({ vfs: this.#vfs, engine: python(), limits });
    const session = this.#session;
    // Some are ended while they work, and some in what comes after that is done.
    const code = work(this.#who, count);
    const result = await this.#ended(session, code, end);
    if (result.ok) this.acknowledged.push(count);
    if (result.restarted) this.restarts++;
    // Nobody's own doing, unless somebody else has killed it.
    if (end === "itself" && !result.ok && result.error?.kind !== "killed")
      throw new Error(`${result.error?.kind}: ${result.error?.traceback}`);
  }

  async #ended(session: Session, code: string, end: End): Promise<ExecutionResult> {
    const delayMs = this.#chance() * 60;
    switch (end) {
      case "timeout":
        return session.execute(`${code}\n${LONG.timeout}`, { timeoutMs: 20 + delayMs });
      case "interrupt": {
        const done = session.execute(`${code}\n${LONG.interrupt}`);
        await wait(delayMs);
        session.interrupt();
        return done;
      }
      case "kill": {
        const before = childrenOf();
        const done = session.execute(`${code}\n${LONG.kill}`, { timeoutMs: 5000 });
        await wait(delayMs);
        this.#killOwn(before);
        return done;
      }
      case "exit":
        return session.execute(`${code}\nos._exit(${Math.floor(delayMs)})`);
      case "memory":
        // What it has filled is free again when it ends: the next execution needs some.
        return session.execute(
          `${code}\ndef fill():\n  hoard = []\n  while True: hoard.append(bytearray(1 << 20))\nfill()`,
        );
      case "reset": {
        const result = await session.execute(code);
        await session.reset();
        return result;
      }
      case "close": {
        const done = session.execute(`${code}\n${LONG.kill}`);
        done.catch(() => undefined);
        await wait(delayMs);
        await session.close();
        this.#session = undefined;
        return done;
      }
      default:
        return session.execute(code);
    }
  }

  /** Kills a process of this program, whoever's it is: the others must bear it. */
  #killOwn(alive: readonly number[]): void {
    const pid = alive[Math.floor(this.#chance() * alive.length)];
    if (pid === undefined) return;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Whether somebody's session could not begin, or begin anew, because its process was killed: the next call tries again. */
function isKilledAtStart(error: unknown): boolean {
  const { message, cause } = error as Error;
  return message === "the interpreter did not start" && (cause as Error).message.includes("SIGKILL");
}

/** Fails for what seems never to end. */
async function inTime<T>(action: Promise<T>, what: string): Promise<T> {
  const stop = new AbortController();
  const late = wait(STUCK_MS, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`stuck: ${what}`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([action, late]);
  } finally {
    stop.abort();
  }
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Whether all that was acknowledged is there, once, and nothing is half there. */
async function checkFiles(vfs: Vfs, users: readonly User[]): Promise<void> {
  await using session = await createSession({ vfs, engine: python() });
  const rows = await session.execute(`
import sqlite3
db = sqlite3.connect('/data/shared.db', timeout=0)
db.execute('begin exclusive')
assert db.execute('pragma integrity_check').fetchone() == ('ok',)
db.execute('select who, count from done').fetchall()`);
  check(rows.ok, `the database is broken, or locked by the dead: ${rows.error?.traceback}`);
  const done = (rows.value as [number, number][]).map(([who, count]) => `${who} ${count}`);
  check(new Set(done).size === done.length, "a row is there twice");
  for (const [who, { acknowledged }] of users.entries()) {
    const text = await vfs.readFile(`/log-${who}`, "utf8");
    const lines = text.split("\n");
    check(lines.pop() === "" && lines.every((line) => /^\d+$/.test(line)), `half a line: ${text.slice(-20)}`);
    check(new Set(lines).size === lines.length, "a line is there twice");
    const state = JSON.parse(await vfs.readFile(`/state-${who}`, "utf8")) as {
      count: number;
      filler: string;
    };
    check(state.filler.length === 5000 && state.count >= (acknowledged.at(-1) ?? 0), "an old state");
    for (const count of acknowledged) {
      check(lines.includes(String(count)), `user ${who} has lost line ${count}`);
      check(done.includes(`${who} ${count}`), `user ${who} has lost row ${count}`);
    }
  }
}

async function soak(vfs: Vfs): Promise<readonly User[]> {
  const users = Array.from({ length: sessions }, (_, who) => new User(vfs, who));
  const share = Math.ceil(executions / sessions);
  await Promise.all(users.map((user) => user.run(share)));
  return users;
}

const vfs = createVfs(memory());
const first = await createSession({ vfs, engine: python() });
await first.execute(
  "import sqlite3; sqlite3.connect('/data/shared.db').execute('create table done(who, count)')",
);
await first.close();
const before = { files: openFiles(), ...memoryMiB() };
const startMs = performance.now();
const users = await soak(vfs);
const seconds = (performance.now() - startMs) / 1000;
await checkFiles(vfs, users);
await inTime(vfs.close(), "closing the files");
// What was ended a moment ago is reaped a moment later.
for (let i = 0; i < 100 && (childrenOf().length > 0 || openFiles() > before.files); i++) await wait(50);
// Memory of pipes and of the guests' ends is given back a while after it is garbage.
globalThis.gc?.();
await wait(3000);
const after = { files: openFiles(), ...memoryMiB() };
check(childrenOf().length === 0, `processes are left: ${childrenOf().join(" ")}`);
check(after.files <= before.files, `${after.files - before.files} more files are open than before`);

const sum = (of: (user: User) => number): number => users.reduce((total, user) => total + of(user), 0);
const ends = ENDS.map(([end]) => `${sum((user) => user.ends[end] ?? 0)} ${end}`).join(", ");
console.log(
  `${sessions} sessions, ${executions} executions in ${seconds.toFixed(0)} s on ${cpus().length} cores`,
);
console.log(
  `ended by: ${ends}; acknowledged ${sum((u) => u.acknowledged.length)}, restarted ${sum((u) => u.restarts)}, ended as they began ${sum((u) => u.unborn)}`,
);
console.log(
  `memory of the host ${before.rss.toFixed(0)} MiB before, ${after.rss.toFixed(0)} MiB after, of JavaScript ${before.heap.toFixed(1)}, ${after.heap.toFixed(1)}; open files ${before.files}, ${after.files}; processes left 0`,
);
