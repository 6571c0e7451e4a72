import { readFileSync } from "node:fs";
import { createVfs, type Layer, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSession, python, type Session } from "../src/index.ts";
import { valueOf } from "./helpers.ts";

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

/** What a test wants to happen at a call on its files: to start a session for each takes longer than all of them. */
type Act = Layer["handle"];
const acts = new Map<string, Act>();
const acting: Layer = {
  name: "acting",
  slot: "policy",
  handle: (call, next) => {
    const act = [...acts].find(([path]) => call.path.startsWith(path))?.[1];
    return act === undefined ? next(call) : act(call, next);
  },
};

// Two sessions on the same files, for all that can do with any. Each test has a folder of its own.
let vfs: Vfs;
let session: Session;
let second: Session;
beforeAll(async () => {
  vfs = createVfs(memory(), { layers: [acting] });
  const open = (): Promise<Session> => createSession({ vfs, engine: python() });
  [session, second] = await Promise.all([open(), open()]);
});
afterAll(() => Promise.all([session.close(), second.close()]));
afterAll(() => vfs.close());

describe("files in a session", () => {
  it("behave as Python programs expect", async () => {
    await vfs.mkdir("/checks");
    const told = await valueOf(session, `${CHECKS}\nrun_all("/data/checks")`);
    expect(NAMES.length).toBeGreaterThan(25);
    expect(told).toEqual(Object.fromEntries(NAMES.map((name) => [name, null])));
  });

  it("are those of the host, at once and both ways", async () => {
    await vfs.mkdir("/ways");
    await vfs.writeFile("/ways/from-host", "1");
    expect(await valueOf(session, "open('/data/ways/from-host').read()")).toBe("1");
    await vfs.writeFile("/ways/from-host", "22");
    expect(
      await valueOf(
        session,
        "import os; [open('/data/ways/from-host').read(), os.stat('/data/ways/from-host').st_size]",
      ),
    ).toEqual(["22", 2]);
    await vfs.unlink("/ways/from-host");
    expect(await valueOf(session, "os.path.exists('/data/ways/from-host')")).toBe(false);
    await valueOf(session, "os.makedirs('/data/ways/a/b'); open('/data/ways/a/b/f', 'w').write('guest')");
    expect(await vfs.readFile("/ways/a/b/f", "utf8")).toBe("guest");
    await vfs.rename("/ways/a/b", "/ways/c");
    expect(
      await valueOf(
        session,
        "[os.listdir('/data/ways'), os.listdir('/data/ways/a'), open('/data/ways/c/f').read()]",
      ),
    ).toEqual([["a", "c"], [], "guest"]);
  });

  it("are the same for two sessions, while both have them open", async () => {
    const [one, two] = [session, second];
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
    const sessions = [session, second];
    const code = (who: number): string => `
with open('/data/log', 'a', buffering=1) as log:
    for i in range(200): log.write(f'${who} {i}\\n')`;
    await Promise.all(sessions.map((one, who) => valueOf(one, code(who))));
    const lines = (await vfs.readFile("/log", "utf8")).split("\n").filter(Boolean);
    expect(lines).toHaveLength(400);
    expect(new Set(lines).size).toBe(400);
  });

  it("that somebody makes or removes between two looks at them are opened all the same", async () => {
    let late: (() => Promise<void>) | undefined = () => vfs.writeFile("/raced", "made meanwhile");
    acts.set("/raced", async (call, next) => {
      try {
        return await next(call);
      } finally {
        const doing = call.op === "stat" ? late : undefined;
        if (doing !== undefined) {
          late = undefined;
          await doing();
        }
      }
    });
    await valueOf(session, "with open('/data/raced', 'a') as f: f.write(', and more')");
    expect(await vfs.readFile("/raced", "utf8")).toBe("made meanwhile, and more");
    late = () => vfs.unlink("/raced");
    await vfs.writeFile("/another", "so that the file is looked at again");
    await valueOf(session, "with open('/data/raced', 'w') as f: f.write('made again')");
    expect(await vfs.readFile("/raced", "utf8")).toBe("made again");
  });

  it("are listed page by page, so that a huge directory is never all in the host's memory", async () => {
    let pages = 0;
    acts.set("/many", (call, next) => {
      if (call.op === "list") pages++;
      return next(call);
    });
    await vfs.mkdir("/many");
    for (let i = 0; i < 5000; i++) await vfs.writeFile(`/many/${i}`, "");
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
    await vfs.mkdir("/won");
    const sessions = [session, second];
    const code = `
won = 0
for i in range(100):
    try:
        with open(f'/data/won/lock{i}', 'x'): won += 1
    except FileExistsError: pass
won`;
    const won = (await Promise.all(sessions.map((one) => valueOf(one, code)))) as number[];
    expect(won.reduce((sum, n) => sum + n)).toBe(100);
    expect(await vfs.readdir("/won")).toHaveLength(100);
  });

  it("can be listed while others come and go", async () => {
    await vfs.mkdir("/come");
    for (let i = 0; i < 50; i++) await vfs.writeFile(`/come/f${i}`, "x");
    const stop = { now: false };
    const churn = (async () => {
      for (let i = 50; !stop.now; i++) {
        await vfs.writeFile(`/come/f${i}`, "x");
        await vfs.unlink(`/come/f${i - 50}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const counts = await valueOf(session, "import os; [len(os.listdir('/data/come')) for _ in range(100)]");
    stop.now = true;
    await churn;
    expect((counts as number[]).every((count) => count >= 49 && count <= 51)).toBe(true);
  });

  it("are asked for once, and remembered while nothing changes", async () => {
    const calls: string[] = [];
    acts.set("/asked", (call, next) => {
      if (call.op === "stat") calls.push(call.path);
      return next(call);
    });
    await vfs.mkdir("/asked");
    await vfs.writeFile("/asked/f", "x");
    await valueOf(
      session,
      "import os\nfor i in range(500): os.stat('/data/asked/f'); os.path.exists('/data/asked/none')",
    );
    expect(calls.filter((path) => path === "/asked/f").length).toBeLessThan(5);
    expect(calls.filter((path) => path === "/asked/none").length).toBeLessThan(5);
  });

  it("that have several names are one file under all of them", async () => {
    await vfs.mkdir("/names");
    await vfs.writeFile("/names/a", "content");
    await vfs.link("/names/a", "/names/b");
    const code = `
import os
def told():
    a = os.stat('/data/names/a')
    return [a.st_size, oct(a.st_mode & 0o777), a.st_nlink]
before = told()
os.truncate('/data/names/b', 3); one = told()
os.chmod('/data/names/b', 0o600); two = told()
os.unlink('/data/names/b'); three = told()
[before, one, two, three]`;
    expect(await valueOf(session, code)).toEqual([
      [7, "0o644", 2],
      [3, "0o644", 2],
      [3, "0o600", 2],
      [3, "0o600", 1],
    ]);
  });

  it("of a store that tells odd numbers are files all the same", async () => {
    acts.set("/odd", async (call, next) => {
      const result: unknown = await next(call);
      return call.op === "stat" && typeof result === "object"
        ? { ...result, mtimeMs: NaN, ino: NaN, nlink: NaN, uid: 1.5, size: 3.7 }
        : result;
    });
    await vfs.writeFile("/odd", "abc");
    const code =
      "import os; s = os.stat('/data/odd'); [s.st_size, s.st_mtime, s.st_nlink, s.st_uid, s.st_ino > 0]";
    expect(await valueOf(session, code)).toEqual([3, 0, 0, 1, true]);
  });
});

describe("files that a session sees a part of, or that others have too", () => {
  const store = memory();
  const [home, shared, behind] = [createVfs(memory()), createVfs(store), createVfs(unknown(store))];
  let viewer: Session;
  beforeAll(async () => {
    await home.writeFile("/f", "host");
    await home.mkdir("/jail");
    await home.writeFile("/secret", "outside");
    await home.symlink("../secret", "/jail/up");
    const mounts = { "/jail": home.view({ root: "/jail" }), "/shared": shared };
    viewer = await createSession({ vfs: home.view({ readOnly: true }), mounts, engine: python() });
  });
  afterAll(() => viewer.close());

  it("are not changed where the mount is read-only", async () => {
    const code = `
import os, errno
def code(action, *args):
    try: action(*args)
    except OSError as error: return errno.errorcode[error.errno]
[open('/data/f').read(), os.access('/data/f', os.R_OK), os.access('/data/f', os.W_OK), os.access('/tmp', os.W_OK), code(open, '/data/f', 'w'), code(open, '/data/g', 'x'), code(os.unlink, '/data/f'),
 code(os.mkdir, '/data/d'), code(os.rename, '/data/f', '/data/g'), code(os.chmod, '/data/f', 0o600),
 code(os.truncate, '/data/f', 0), code(os.symlink, 'f', '/data/l'), code(os.utime, '/data/f', (1, 1))]`;
    expect(await valueOf(viewer, code)).toEqual([
      "host",
      true,
      false,
      true,
      ...Array.from({ length: 9 }, () => "EROFS"),
    ]);
    expect(await home.readdir("/")).toEqual(["f", "jail", "secret"]);
  });

  it("end at the mount: a view is all that there is", async () => {
    const code = `
import os
def read(path):
    try: return open(path).read()
    except OSError as error: return type(error).__name__
[read('/jail/../secret'), read('/secret'), read('/jail/up'), os.listdir('/jail/..').count('secret')]`;
    expect(await valueOf(viewer, code)).toEqual([
      "FileNotFoundError",
      "FileNotFoundError",
      "FileNotFoundError",
      0,
    ]);
  });

  it("that are open show within a second what others change behind the host's back", async () => {
    await behind.writeFile("/log", "one");
    const read = "[f.read().decode(), os.fstat(f.fileno()).st_size]";
    expect(await valueOf(viewer, `import os; f = open('/shared/log', 'rb', buffering=0); ${read}`)).toEqual([
      "one",
      3,
    ]);
    await behind.appendFile("/log", " two");
    expect(await valueOf(viewer, `import time; time.sleep(1.1); ${read}`)).toEqual([" two", 7]);
  });
});

describe("a session that has no more room for open files", () => {
  const USE_UP = "import os\ntry:\n  while True: os.open('/dev/null', 0)\nexcept OSError: pass\n";
  let full: Session;
  beforeAll(async () => {
    const callbacks = { twice: (n: number) => 2 * n };
    full = await createSession({ vfs, engine: python(), limits: { openFiles: 4 }, callbacks });
  });
  afterAll(() => full.close());

  it("does not empty a file that it cannot open", async () => {
    await vfs.writeFile("/full", "content");
    const code = `
import errno
try: kept = [open(f'/data/other{i}', 'w') for i in range(10)]
except OSError: pass
kept = [open('/data/other0') for i in range(4)]
try: open('/data/full', 'w')
except OSError as error: told = errno.errorcode[error.errno]
told`;
    expect(await valueOf(full, code)).toBe("EMFILE");
    expect(await vfs.readFile("/full", "utf8")).toBe("content");
  });

  it("still runs code when it has used up all descriptors", async () => {
    expect(await valueOf(full, `${USE_UP}1`)).toBe(1);
    expect(await valueOf(full, "2")).toBe(2);
  });

  it("still runs code when it has closed them all", async () => {
    expect(
      await valueOf(full, "import os, time\nos.closerange(3, 1 << 16); time.sleep(0.01); twice(2)"),
    ).toBe(4);
    expect(await valueOf(full, "twice(3)")).toBe(6);
  });
});
