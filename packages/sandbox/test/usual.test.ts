import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { newSession, newVfs, valueOf } from "./helpers.ts";

// What users of other sandboxes with mounted files are used to.

/** What the code prints. */
async function printed(session: Awaited<ReturnType<typeof newSession>>, code: string): Promise<string> {
  const { stdout, error } = await session.execute(code);
  expect(error).toBeUndefined();
  return stdout;
}

describe("files of a session", () => {
  it("are written, read and appended to, as text and as bytes", async () => {
    const session = await newSession();
    await printed(session, "with open('/data/hello.txt', 'w') as f: f.write('Line 1\\nLine 2\\n')");
    await printed(session, "open('/data/hello.txt', 'a').write('Line 3\\n')");
    expect(await printed(session, "print(open('/data/hello.txt').read())")).toBe(
      "Line 1\nLine 2\nLine 3\n\n",
    );
    await printed(session, "open('/data/b', 'wb').write(bytes([0, 1, 2, 255, 254, 253]))");
    expect(await printed(session, "print(list(open('/data/b', 'rb').read()))")).toBe(
      "[0, 1, 2, 255, 254, 253]\n",
    );
  });

  it("are used by pathlib, and in directories", async () => {
    const session = await newSession();
    await printed(session, "from pathlib import Path\nPath('/data/p').write_text('by pathlib')");
    expect(await printed(session, "print(Path('/data/p').read_text())")).toBe("by pathlib\n");
    await printed(
      session,
      "import os\nos.makedirs('/data/a/b/c', exist_ok=True)\nopen('/data/a/b/c/f', 'w').write('deep')",
    );
    expect(await printed(session, "print(open('/data/a/b/c/f').read(), sorted(os.listdir('/data')))")).toBe(
      "deep ['a', 'p']\n",
    );
    expect(await printed(session, "os.remove('/data/p')\nprint(os.path.exists('/data/p'))")).toBe("False\n");
  });

  it("are shared by sessions on one Vfs, apart on two, and stay when the memory is emptied", async () => {
    const vfs = newVfs();
    const [one, two, other] = [await newSession({ vfs }), await newSession({ vfs }), await newSession()];
    await printed(one, "open('/data/shared.txt', 'w').write('from one')");
    expect(await printed(two, "print(open('/data/shared.txt').read())")).toBe("from one\n");
    expect(await printed(other, "import os; print(os.path.exists('/data/shared.txt'))")).toBe("False\n");
    await one.reset();
    expect(await printed(one, "print(open('/data/shared.txt').read())")).toBe("from one\n");
  });

  it("lie where they are told to", async () => {
    const vfs = createVfs(memory());
    expect((await newSession({ vfs })).mountPath).toBe("/data");
    const session = await newSession({ vfs, mountPath: "/myfiles" });
    expect(session.mountPath).toBe("/myfiles");
    await valueOf(session, "open('/myfiles/test.txt', 'w').write('custom path')");
    expect(await vfs.readFile("/test.txt", "utf8")).toBe("custom path");
  });

  it("may be databases, which outlive the session", async () => {
    const vfs = newVfs();
    const session = await newSession({ vfs });
    const names = "[row[0] for row in db.execute('select name from t order by id')]";
    const fill =
      "db.execute('create table t(id integer primary key, name)'); db.executemany('insert into t(name) values (?)', [('Ada',), ('Bob',)]); db.commit()";
    expect(
      await valueOf(session, `import sqlite3\ndb = sqlite3.connect(':memory:')\n${fill}\n${names}`),
    ).toEqual(["Ada", "Bob"]);
    await valueOf(session, `db = sqlite3.connect('/data/app.db')\n${fill}\ndb.close()`);
    const later = await newSession({ vfs });
    expect(await valueOf(later, `import sqlite3\ndb = sqlite3.connect('/data/app.db')\n${names}`)).toEqual([
      "Ada",
      "Bob",
    ]);
  });

  it("are not those of the host", async () => {
    const session = await newSession();
    const listing =
      "import os\ntry: print('passwd' in os.listdir('/etc'))\nexcept OSError as error: print(type(error).__name__)";
    expect(["False\n", "FileNotFoundError\n"]).toContain(await printed(session, listing));
  });
});
