import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSession, python, type Session } from "../src/index.ts";

// What users of other sandboxes with mounted files are used to, one example after another, each by what it prints.

const stores: Vfs[] = [];
const sessions: Session[] = [];

function storage(): Vfs {
  const vfs = createVfs(memory());
  stores.push(vfs);
  return vfs;
}

async function open(vfs: Vfs, mountPath?: string): Promise<Session> {
  const session = await createSession({
    vfs,
    engine: python(),
    ...(mountPath === undefined ? {} : { mountPath }),
  });
  sessions.push(session);
  return session;
}

/** What the code prints. */
async function printed(session: Session, code: string): Promise<string> {
  const { stdout, error } = await session.execute(code);
  expect(error?.traceback).toBeUndefined();
  return stdout;
}

describe("an example of files in a session", () => {
  const vfs = storage();
  let session: Session;
  let second: Session;
  let elsewhere: Session;
  beforeAll(async () => {
    [session, second, elsewhere] = await Promise.all([open(vfs), open(vfs), open(storage(), "/myfiles")]);
  });
  afterAll(async () => {
    await Promise.all(sessions.map((one) => one.close()));
    await Promise.all(stores.map((one) => one.close()));
  });

  it("creates a session with files, writes one and reads it", async () => {
    await printed(session, "with open('/data/hello.txt', 'w') as f:\n    f.write('Hello, VFS!')");
    expect(await printed(session, "with open('/data/hello.txt', 'r') as f:\n    print(f.read())")).toBe(
      "Hello, VFS!\n",
    );
    expect(await vfs.readFile("/hello.txt", "utf8")).toBe("Hello, VFS!");
  });

  it("has its files at /data, or where it is told to", async () => {
    expect([session.mountPath, elsewhere.mountPath]).toEqual(["/data", "/myfiles"]);
    await printed(elsewhere, "open('/myfiles/test.txt', 'w').write('custom path')");
    expect(await printed(elsewhere, "print(open('/myfiles/test.txt').read())")).toBe("custom path\n");
    expect((await elsewhere.execute("open('/data/test.txt', 'w')")).error?.type).toBe("FileNotFoundError");
  });

  it("writes lines and reads them", async () => {
    await printed(
      session,
      "with open('/data/example.txt', 'w') as f:\n    f.write('Line 1\\n')\n    f.write('Line 2\\n')",
    );
    expect(
      await printed(
        session,
        "with open('/data/example.txt', 'r') as f:\n    content = f.read()\n    print(content)",
      ),
    ).toBe("Line 1\nLine 2\n\n");
  });

  it("appends", async () => {
    await printed(session, "open('/data/log.txt', 'w').write('Entry 1\\n')");
    await printed(session, "open('/data/log.txt', 'a').write('Entry 2\\n')");
    await printed(session, "open('/data/log.txt', 'a').write('Entry 3\\n')");
    expect(await printed(session, "print(open('/data/log.txt').read())")).toBe(
      "Entry 1\nEntry 2\nEntry 3\n\n",
    );
  });

  it("writes bytes", async () => {
    await printed(
      session,
      "data = bytes([0, 1, 2, 255, 254, 253])\nwith open('/data/binary.bin', 'wb') as f:\n    f.write(data)",
    );
    expect(
      await printed(
        session,
        "with open('/data/binary.bin', 'rb') as f:\n    data = f.read()\nprint(list(data))",
      ),
    ).toBe("[0, 1, 2, 255, 254, 253]\n");
  });

  it("uses pathlib", async () => {
    await printed(
      session,
      "from pathlib import Path\np = Path('/data/pathlib_test.txt')\np.write_text('Written with pathlib')",
    );
    expect(
      await printed(session, "from pathlib import Path\nprint(Path('/data/pathlib_test.txt').read_text())"),
    ).toBe("Written with pathlib\n");
  });

  it("makes folders", async () => {
    await printed(
      session,
      "import os\nos.makedirs('/data/nested/deep/directory', exist_ok=True)\nwith open('/data/nested/deep/directory/file.txt', 'w') as f:\n    f.write('Deep file')",
    );
    expect(await printed(session, "print(open('/data/nested/deep/directory/file.txt').read())")).toBe(
      "Deep file\n",
    );
  });

  it("lists folders", async () => {
    await printed(
      elsewhere,
      "import os\nos.mkdir('list')\nopen('list/a.txt', 'w').write('a')\nopen('list/b.txt', 'w').write('b')\nopen('list/c.txt', 'w').write('c')",
    );
    expect(
      await printed(elsewhere, "import os\nfiles = sorted(os.listdir('/myfiles/list'))\nprint(files)"),
    ).toBe("['a.txt', 'b.txt', 'c.txt']\n");
  });

  it("deletes files", async () => {
    const code =
      "import os\nopen('/data/temp.txt', 'w').write('temporary')\nos.remove('/data/temp.txt')\nprint(f\"exists: {os.path.exists('/data/temp.txt')}\")";
    expect(await printed(session, code)).toBe("exists: False\n");
  });

  it("shares its files with another session on the same ones", async () => {
    await printed(session, "open('/data/shared.txt', 'w').write('from session 1')");
    expect(await printed(second, "print(open('/data/shared.txt').read())")).toBe("from session 1\n");
  });

  it("shares nothing with a session on others", async () => {
    await printed(session, "open('/data/isolated.txt', 'w').write('only in storage1')");
    const look = "import os\nprint(f\"exists: {os.path.exists('/myfiles/isolated.txt')}\")";
    expect(await printed(elsewhere, look)).toBe("exists: False\n");
  });

  it("keeps its files when it forgets its variables", async () => {
    await printed(session, "variable = 1\nopen('/data/persist.txt', 'w').write('before reset')");
    await session.reset();
    expect(await printed(session, "print(open('/data/persist.txt').read())")).toBe("before reset\n");
    expect((await session.execute("variable")).error?.type).toBe("NameError");
  });

  it("has databases in its memory", async () => {
    const code = `
import sqlite3
conn = sqlite3.connect(':memory:')
cursor = conn.cursor()
cursor.execute('CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)')
cursor.execute("INSERT INTO users (name) VALUES ('Alice')")
cursor.execute("INSERT INTO users (name) VALUES ('Bob')")
cursor.execute('SELECT name FROM users ORDER BY id')
names = [row[0] for row in cursor.fetchall()]
conn.close()
print(names)`;
    expect(await printed(session, code)).toBe("['Alice', 'Bob']\n");
  });

  it("has databases in its files, from one piece of code to the next", async () => {
    const make = `
import sqlite3
conn = sqlite3.connect('/data/app.db')
cursor = conn.cursor()
cursor.execute('CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price REAL)')
cursor.execute("INSERT INTO products (name, price) VALUES ('Widget', 9.99)")
cursor.execute("INSERT INTO products (name, price) VALUES ('Gadget', 19.99)")
conn.commit()
conn.close()`;
    const ask = `
import sqlite3
conn = sqlite3.connect('/data/app.db')
cursor = conn.cursor()
cursor.execute('SELECT name, price FROM products')
for name, price in cursor.fetchall():
    print(f"{name}: \${price}")
conn.close()`;
    await printed(session, make);
    expect(await printed(session, ask)).toBe("Widget: $9.99\nGadget: $19.99\n");
  });

  it("finds the database of another session", async () => {
    const make = `
import sqlite3
conn = sqlite3.connect('/data/shared.db')
cursor = conn.cursor()
cursor.execute('CREATE TABLE messages (id INTEGER PRIMARY KEY, text TEXT)')
cursor.execute("INSERT INTO messages (text) VALUES ('Hello from session 1')")
conn.commit()
conn.close()`;
    const ask = `
import sqlite3
conn = sqlite3.connect('/data/shared.db')
cursor = conn.cursor()
cursor.execute('SELECT text FROM messages')
print(cursor.fetchone()[0])
conn.close()`;
    await printed(session, make);
    expect(await printed(second, ask)).toBe("Hello from session 1\n");
  });

  it("does not see the host's files", async () => {
    const code = `
import os
try:
    files = os.listdir('/etc')
    has_passwd = 'passwd' in files
    print(f"has_real_passwd: {has_passwd}")
except Exception as e:
    print(f"access_denied: {type(e).__name__}")`;
    expect(["has_real_passwd: False\n", "access_denied: FileNotFoundError\n"]).toContain(
      await printed(session, code),
    );
  });
});
