import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSession, python, type Session } from "../src/index.ts";
import { valueOf } from "./helpers.ts";

// The same three for all tests: to start one takes longer than most of these.
let vfs: Vfs;
let sessions: readonly [Session, Session, Session];
beforeAll(async () => {
  vfs = createVfs(memory());
  const open = (): Promise<Session> => createSession({ vfs, engine: python() });
  sessions = await Promise.all([open(), open(), open()]);
});
afterAll(() => Promise.all(sessions.map((session) => session.close())));
afterAll(() => vfs.close());

// No connection of an earlier test is open, and none of its files is there.
beforeEach(async () => {
  const code =
    "import sqlite3\nfor value in list(globals().values()):\n  if isinstance(value, sqlite3.Connection): value.close()";
  for (const session of sessions) await valueOf(session, code);
  for (const name of await vfs.readdir("/")) await vfs.unlink(`/${name}`);
});

const INSERT = (who: number, rows: number): string => `
import sqlite3, time
db = sqlite3.connect('/data/app.db', timeout=0, isolation_level=None)
done = busy = 0
while done < ${rows}:
    try:
        db.execute('begin')
        (n,) = db.execute('select count(*) from t').fetchone()
        db.execute('insert into t values(?, ?)', (n, ${who}))
        db.execute('commit')
        done += 1
    except sqlite3.OperationalError as error:
        assert 'locked' in str(error), str(error)
        if db.in_transaction: db.execute('rollback')
        busy += 1
        time.sleep(0.002)
db.close()
[done, busy]`;

describe("a database of two sessions", () => {
  it("is never destroyed: they take turns, or are told that it is locked", async () => {
    const [first] = sessions;
    await valueOf(
      first,
      "import sqlite3; db = sqlite3.connect('/data/app.db'); db.execute('create table t(n primary key, who)'); db.commit(); db.close()",
    );
    const told = (await Promise.all(
      sessions.map((session, who) => valueOf(session, INSERT(who, 30))),
    )) as number[][];
    expect(told.map(([done]) => done)).toEqual([30, 30, 30]);
    // `n` was read and written in one transaction: without locks two of them would be the same.
    const after =
      "import sqlite3; db = sqlite3.connect('/data/app.db'); [db.execute('pragma integrity_check').fetchone()[0], db.execute('select count(*), count(distinct n), max(n) from t').fetchone()]";
    expect(await valueOf(first, after)).toEqual(["ok", [90, 90, 89]]);
  });

  it("says that it is locked while another writes, and is free when that one is killed", async () => {
    const [holder, waiter] = sessions;
    await valueOf(
      holder,
      "import sqlite3; db = sqlite3.connect('/data/app.db'); db.execute('create table t(a)'); db.commit(); db.execute('begin exclusive'); db.execute('insert into t values(1)')",
    );
    const attempt =
      "import sqlite3\nother = sqlite3.connect('/data/app.db', timeout=0.05)\ntry:\n    other.execute('insert into t values(2)'); other.commit(); told = 'written'\nexcept sqlite3.OperationalError as error: told = str(error)\ntold";
    expect(await valueOf(waiter, attempt)).toBe("database is locked");
    // Killed in the middle of its transaction: what it had begun is undone by who comes next.
    expect((await holder.execute("import os; os._exit(1)")).error?.kind).toBe("killed");
    expect(await valueOf(waiter, attempt)).toBe("written");
    expect(await valueOf(waiter, "other.execute('select a from t').fetchall()")).toEqual([[2]]);
    expect(
      await valueOf(
        holder,
        "import sqlite3; sqlite3.connect('/data/app.db').execute('pragma integrity_check').fetchone()[0]",
      ),
    ).toBe("ok");
  });

  it("gives readers a place beside each other, and a reader none beside a writer", async () => {
    const [one, two] = sessions;
    const open = "import sqlite3; db = sqlite3.connect('/data/app.db', timeout=0)";
    await valueOf(
      one,
      `${open}; db.execute('create table t(a)'); db.execute('insert into t values(1)'); db.commit(); rows = db.execute('select a from t'); rows.fetchone()`,
    );
    expect(await valueOf(two, `${open}; db.execute('select a from t').fetchone()`)).toEqual([1]);
    await valueOf(one, "rows.close(); db.execute('begin exclusive')");
    expect((await two.execute("db.execute('select a from t').fetchone()")).error?.message).toBe(
      "database is locked",
    );
    await valueOf(one, "db.rollback()");
    expect(await valueOf(two, "db.execute('select a from t').fetchone()")).toEqual([1]);
  });

  it("that is locked can be waited for, and the waiting interrupted", async () => {
    const [holder, waiter] = sessions;
    await valueOf(
      holder,
      "import sqlite3; db = sqlite3.connect('/data/app.db'); db.execute('create table t(a)'); db.commit(); db.execute('begin exclusive')",
    );
    await valueOf(waiter, "import sqlite3; kept = 1; db = sqlite3.connect('/data/app.db', timeout=60)");
    const result = await waiter.execute("db.execute('insert into t values(1)')", { timeoutMs: 500 });
    expect(result).toMatchObject({ restarted: false, error: { kind: "timeout" } });
    expect(await valueOf(waiter, "kept")).toBe(1);
    const written = valueOf(waiter, "db.execute('insert into t values(1)'); db.commit(); 'written'");
    await valueOf(holder, "import time; time.sleep(0.2); db.rollback()");
    expect(await written).toBe("written");
  });

  it("with a write-ahead log belongs to one session at a time", async () => {
    const [one, two] = sessions;
    await valueOf(
      one,
      "import sqlite3; db = sqlite3.connect('/data/wal.db'); db.execute('pragma journal_mode=wal'); db.execute('create table t(a)'); db.execute('insert into t values(1)'); db.commit()",
    );
    const read = `
import sqlite3
from contextlib import closing
with closing(sqlite3.connect('/data/wal.db', timeout=0)) as db2:
    try: told = db2.execute('select a from t').fetchall()
    except sqlite3.OperationalError as error: told = str(error)
told`;
    expect(await valueOf(two, read)).toBe("database is locked");
    expect(await valueOf(one, read)).toEqual([[1]]);
    await valueOf(one, "db.close()");
    expect(await valueOf(two, read)).toEqual([[1]]);
  });
});
