import { readdirSync, readlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { children, newSession, newVfs, valueOf } from "./helpers.ts";

/** What this process has open, but for what comes and goes by itself. */
function open(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`).replaceAll(/\d+/g, "N")];
    } catch {
      return [];
    }
  });
}

describe.runIf(process.platform === "linux")("what sessions hold", () => {
  it("is not held by a session whose process ends while nobody uses it", async () => {
    const session = await newSession();
    expect(await valueOf(session, "open('/data/f', 'w').write('kept')")).toBe(4);
    const child = Number(children().split(" ").at(-1));
    process.kill(child, "SIGKILL");
    // The next call finds out, and goes on with an empty memory.
    expect(await session.execute("print('again')")).toMatchObject({
      restarted: true,
      error: { kind: "killed" },
    });
    expect(await valueOf(session, "open('/data/f').read()")).toBe("kept");
  });

  it("is given back however they end", async () => {
    const vfs = newVfs();
    // By their end, each of them: what the next one finds is a new interpreter.
    const sessions = [
      [
        "1",
        "files = [open(f'/data/{i}', 'w') for i in range(20)]",
        "import sqlite3; db = sqlite3.connect('/data/x.db'); db.execute('create table if not exists t(a)'); db.execute('begin immediate')",
      ],
      [
        "held = open('/data/held', 'w'); import os; os._exit(1)",
        "held = open('/data/held', 'w')\nwhile True:\n  try:\n    while True: pass\n  except BaseException: pass",
        "held = open('/data/held', 'w')\nx = []\nfor i in range(200_000): x = [x]\ndel x",
      ],
    ];
    const before = [open().length, children()];
    for (const codes of sessions) {
      const session = await newSession({ vfs });
      for (const code of codes) await session.execute(code, { timeoutMs: 300 });
      await session.close();
    }
    expect([open().length, children()], open().join("\n")).toEqual(before);
    expect(children()).toBe("");
    // No handle is open on the files either: what they are in can be taken away.
    await vfs.rm("/x.db");
    await expect(vfs.close()).resolves.toBeUndefined();
  });
});
