import { readFileSync } from "node:fs";
import { createVfs, type Layer, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { newSession, newVfs, valueOf } from "./helpers.ts";

const CHECKS = readFileSync(new URL("files.py", import.meta.url), "utf8");
const NAMES = [...CHECKS.matchAll(/^@check\ndef (\w+)/gm)].map(([, name = ""]) => name);

/** The same store, without core knowing that. */
function unknown(store: Provider): Provider {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

describe("files in a session", () => {
  it("behave as Python programs expect", async () => {
    const session = await newSession();
    const told = await valueOf(session, `${CHECKS}\nrun_all("/data")`);
    expect(NAMES.length).toBeGreaterThan(25);
    expect(told).toEqual(Object.fromEntries(NAMES.map((name) => [name, null])));
  });

  it("are those of the host, at once and both ways", async () => {
    const vfs = newVfs();
    const session = await newSession({ vfs });
    await vfs.writeFile("/from-host", "1");
    expect(await valueOf(session, "open('/data/from-host').read()")).toBe("1");
    await vfs.writeFile("/from-host", "22");
    expect(
      await valueOf(
        session,
        "import os; [open('/data/from-host').read(), os.stat('/data/from-host').st_size]",
      ),
    ).toEqual(["22", 2]);
    await vfs.unlink("/from-host");
    expect(await valueOf(session, "os.path.exists('/data/from-host')")).toBe(false);
    await valueOf(session, "os.makedirs('/data/a/b'); open('/data/a/b/f', 'w').write('guest')");
    expect(await vfs.readFile("/a/b/f", "utf8")).toBe("guest");
    await vfs.rename("/a/b", "/c");
    expect(
      await valueOf(session, "[os.listdir('/data'), os.listdir('/data/a'), open('/data/c/f').read()]"),
    ).toEqual([["a", "c"], [], "guest"]);
  });

  it("are the same for two sessions, while both have them open", async () => {
    const vfs = newVfs();
    const [one, two] = await Promise.all([newSession({ vfs }), newSession({ vfs })]);
    await valueOf(one, "f = open('/data/shared', 'w+'); f.write('from one'); f.flush()");
    expect(await valueOf(two, "g = open('/data/shared', 'r+'); g.read()")).toBe("from one");
    await valueOf(two, "import os; os.rename('/data/shared', '/data/moved'); g.write(' and two'); g.flush()");
    expect(await valueOf(one, "f.seek(0); f.read()")).toBe("from one and two");
    await valueOf(one, "import os; os.unlink('/data/moved')");
    expect(
      await valueOf(
        two,
        "g.seek(0); [g.read(), os.path.exists('/data/moved'), os.fstat(g.fileno()).st_nlink]",
      ),
    ).toEqual(["from one and two", false, 0]);
  });

  it("take what two sessions append, all of it", async () => {
    const vfs = newVfs();
    const sessions = await Promise.all([newSession({ vfs }), newSession({ vfs })]);
    const code = (who: number): string => `
with open('/data/log', 'a', buffering=1) as log:
    for i in range(200): log.write(f'${who} {i}\\n')`;
    await Promise.all(sessions.map((session, who) => valueOf(session, code(who))));
    const lines = (await vfs.readFile("/log", "utf8")).split("\n").filter(Boolean);
    expect(lines).toHaveLength(400);
    expect(new Set(lines).size).toBe(400);
  });

  it("that somebody makes or removes between two looks at them are opened all the same", async () => {
    let late: (() => Promise<void>) | undefined = () => vfs.writeFile("/raced", "made meanwhile");
    const layer: Layer = {
      name: "another",
      slot: "policy",
      handle: async (call, next) => {
        try {
          return await next(call);
        } finally {
          const doing = call.op === "stat" && call.path === "/raced" ? late : undefined;
          if (doing !== undefined) {
            late = undefined;
            await doing();
          }
        }
      },
    };
    const vfs = createVfs(memory(), { layers: [layer] });
    const session = await newSession({ vfs });
    await valueOf(session, "with open('/data/raced', 'a') as f: f.write(', and more')");
    expect(await vfs.readFile("/raced", "utf8")).toBe("made meanwhile, and more");
    late = () => vfs.unlink("/raced");
    await vfs.writeFile("/another", "so that the file is looked at again");
    await valueOf(session, "with open('/data/raced', 'w') as f: f.write('made again')");
    expect(await vfs.readFile("/raced", "utf8")).toBe("made again");
  });

  it("are listed page by page, so that a huge directory is never all in the host's memory", async () => {
    let pages = 0;
    const layer: Layer = {
      name: "count",
      slot: "policy",
      handle: (call, next) => {
        if (call.op === "list" && call.path === "/many") pages++;
        return next(call);
      },
    };
    const vfs = createVfs(memory(), { layers: [layer] });
    await vfs.mkdir("/many");
    for (let i = 0; i < 5000; i++) await vfs.writeFile(`/many/${i}`, "");
    const session = await newSession({ vfs });
    pages = 0;
    expect(await valueOf(session, "import os; len(os.listdir('/data/many'))")).toBe(5000);
    expect(pages).toBe(5);
    // The next listing begins anew, though this one was given up.
    expect(
      await valueOf(
        session,
        "with os.scandir('/data/many') as it: next(it)\nlen(set(os.listdir('/data/many')))",
      ),
    ).toBe(5000);
  });

  it("give an exclusive name to one of two", async () => {
    const vfs = newVfs();
    const sessions = await Promise.all([newSession({ vfs }), newSession({ vfs })]);
    const code = `
won = 0
for i in range(100):
    try:
        with open(f'/data/lock{i}', 'x'): won += 1
    except FileExistsError: pass
won`;
    const won = (await Promise.all(sessions.map((session) => valueOf(session, code)))) as number[];
    expect(won.reduce((sum, n) => sum + n)).toBe(100);
    expect(await vfs.readdir("/")).toHaveLength(100);
  });

  it("can be listed while others come and go", async () => {
    const vfs = newVfs();
    const session = await newSession({ vfs });
    for (let i = 0; i < 50; i++) await vfs.writeFile(`/f${i}`, "x");
    const stop = { now: false };
    const churn = (async () => {
      for (let i = 50; !stop.now; i++) {
        await vfs.writeFile(`/f${i}`, "x");
        await vfs.unlink(`/f${i - 50}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const counts = await valueOf(session, "import os; [len(os.listdir('/data')) for _ in range(100)]");
    stop.now = true;
    await churn;
    expect((counts as number[]).every((count) => count >= 49 && count <= 51)).toBe(true);
  });

  it("are asked for once, and remembered while nothing changes", async () => {
    const calls: string[] = [];
    const counting: Layer = {
      name: "counting",
      slot: "trace",
      handle: (call, next) => {
        if (call.op === "stat") calls.push(call.path);
        return next(call);
      },
    };
    const vfs = createVfs(memory(), { layers: [counting] });
    await vfs.writeFile("/f", "x");
    const session = await newSession({ vfs });
    await valueOf(
      session,
      "import os\nfor i in range(500): os.stat('/data/f'); os.path.exists('/data/none')",
    );
    expect(calls.filter((path) => path === "/f").length).toBeLessThan(5);
    expect(calls.filter((path) => path === "/none").length).toBeLessThan(5);
  });

  it("are not changed where the mount is read-only", async () => {
    const vfs = newVfs();
    await vfs.writeFile("/f", "host");
    const session = await newSession({ vfs: vfs.view({ readOnly: true }) });
    const code = `
import os, errno
def code(action, *args):
    try: action(*args)
    except OSError as error: return errno.errorcode[error.errno]
[open('/data/f').read(), os.access('/data/f', os.R_OK), os.access('/data/f', os.W_OK), os.access('/tmp', os.W_OK), code(open, '/data/f', 'w'), code(open, '/data/g', 'x'), code(os.unlink, '/data/f'),
 code(os.mkdir, '/data/d'), code(os.rename, '/data/f', '/data/g'), code(os.chmod, '/data/f', 0o600),
 code(os.truncate, '/data/f', 0), code(os.symlink, 'f', '/data/l'), code(os.utime, '/data/f', (1, 1))]`;
    expect(await valueOf(session, code)).toEqual([
      "host",
      true,
      false,
      true,
      ...Array.from({ length: 9 }, () => "EROFS"),
    ]);
    expect(await vfs.readdir("/")).toEqual(["f"]);
  });

  it("end at the mount: a view is all that there is", async () => {
    const vfs = newVfs();
    await vfs.mkdir("/jail");
    await vfs.writeFile("/secret", "outside");
    await vfs.symlink("../secret", "/jail/up");
    const session = await newSession({ vfs: vfs.view({ root: "/jail" }) });
    const code = `
import os
def read(path):
    try: return open(path).read()
    except OSError as error: return type(error).__name__
[read('/data/../secret'), read('/secret'), read('/data/up'), os.listdir('/data/..').count('secret')]`;
    expect(await valueOf(session, code)).toEqual([
      "FileNotFoundError",
      "FileNotFoundError",
      "FileNotFoundError",
      0,
    ]);
  });

  it("that have several names are one file under all of them", async () => {
    const vfs = newVfs();
    await vfs.writeFile("/a", "content");
    await vfs.link("/a", "/b");
    const session = await newSession({ vfs });
    const code = `
import os
def told():
    a = os.stat('/data/a')
    return [a.st_size, oct(a.st_mode & 0o777), a.st_nlink]
before = told()
os.truncate('/data/b', 3); one = told()
os.chmod('/data/b', 0o600); two = told()
os.unlink('/data/b'); three = told()
[before, one, two, three]`;
    expect(await valueOf(session, code)).toEqual([
      [7, "0o644", 2],
      [3, "0o644", 2],
      [3, "0o600", 2],
      [3, "0o600", 1],
    ]);
  });

  it("of a store that tells odd numbers are files all the same", async () => {
    const odd: Layer = {
      name: "odd",
      slot: "policy",
      handle: async (call, next) => {
        const result: unknown = await next(call);
        return call.op === "stat" && call.path === "/f" && typeof result === "object"
          ? { ...result, mtimeMs: NaN, ino: NaN, nlink: NaN, uid: 1.5, size: 3.7 }
          : result;
      },
    };
    const vfs = createVfs(memory(), { layers: [odd] });
    await vfs.writeFile("/f", "abc");
    const session = await newSession({ vfs });
    const code =
      "import os; s = os.stat('/data/f'); [s.st_size, s.st_mtime, s.st_nlink, s.st_uid, s.st_ino > 0]";
    expect(await valueOf(session, code)).toEqual([3, 0, 0, 1, true]);
  });

  it("are not emptied by an opening that fails", async () => {
    const vfs = newVfs();
    await vfs.writeFile("/f", "content");
    const session = await newSession({ vfs, limits: { openFiles: 4 } });
    const code = `
import errno
try: kept = [open(f'/data/other{i}', 'w') for i in range(10)]
except OSError: pass
kept = [open('/data/other0') for i in range(4)]
try: open('/data/f', 'w')
except OSError as error: told = errno.errorcode[error.errno]
told`;
    expect(await valueOf(session, code)).toBe("EMFILE");
    expect(await vfs.readFile("/f", "utf8")).toBe("content");
  });

  it("that are open show within a second what others change behind the host's back", async () => {
    const store = memory();
    const [vfs, behind] = [createVfs(store), createVfs(unknown(store))];
    await vfs.writeFile("/log", "one");
    const session = await newSession({ vfs });
    const read = "[f.read().decode(), os.fstat(f.fileno()).st_size]";
    expect(await valueOf(session, `import os; f = open('/data/log', 'rb', buffering=0); ${read}`)).toEqual([
      "one",
      3,
    ]);
    await behind.appendFile("/log", " two");
    expect(await valueOf(session, `import time; time.sleep(1.1); ${read}`)).toEqual([" two", 7]);
  });
});

describe("a session whose code has used up all descriptors", () => {
  const USE_UP = "import os\ntry:\n  while True: os.open('/dev/null', 0)\nexcept OSError: pass\n";

  it("still runs code", async () => {
    const session = await newSession();
    expect(await valueOf(session, `${USE_UP}1`)).toBe(1);
    expect(await valueOf(session, "2")).toBe(2);
  });

  it("and of one that has closed them all", async () => {
    const session = await newSession({ callbacks: { twice: (n: number) => 2 * n } });
    expect(
      await valueOf(session, "import os, time\nos.closerange(3, 1 << 16); time.sleep(0.01); twice(2)"),
    ).toBe(4);
    expect(await valueOf(session, "twice(3)")).toBe(6);
  });
});
