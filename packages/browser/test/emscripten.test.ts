import { conform } from "@vfs/conformance";
import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { loadPyodide, type PyodideInterface } from "pyodide";
import { beforeAll, describe, expect, it } from "vitest";
import { emscripten, mountInto, type EmscriptenFs } from "../src/index.ts";
import { EMSCRIPTEN_SKIPS } from "./skips.ts";

let pyodide: PyodideInterface;
let roots = 0;
beforeAll(async () => void (pyodide = await loadPyodide()));

const fs = (): EmscriptenFs => pyodide.FS;
const make = (): ReturnType<typeof emscripten> => {
  const root = `/store-${roots++}`;
  fs().mkdir(root);
  return emscripten({ FS: fs(), root });
};
const { caps } = emscripten({ FS: { readdir: () => [] } as unknown as EmscriptenFs });

describe("emscripten › conformance", () => {
  conform(it, { make, caps, skips: EMSCRIPTEN_SKIPS });
});

describe("emscripten", () => {
  it("has the files of the program that runs, in both directions", () => {
    const vfs = createVfs(emscripten({ FS: fs(), root: "/home/pyodide" }));
    pyodide.runPython(`open("by-python.txt", "w").write("from Python")`);
    expect(vfs.sync.readFile("/by-python.txt", "utf8")).toBe("from Python");
    vfs.sync.writeFile("/by-vfs.txt", "from the Vfs");
    expect(pyodide.runPython(`open("by-vfs.txt").read()`)).toBe("from the Vfs");
  });

  it("is told at once when what it is given is no file system", () => {
    expect(() => emscripten({ FS: {} as EmscriptenFs })).toThrow("pass pyodide.FS or Module.FS");
  });
});

describe("mountInto", () => {
  const mounted = (path: string): Vfs => {
    const vfs = createVfs(memory());
    mountInto({ FS: fs() }, path, vfs);
    return vfs;
  };

  it("shows Python the files of a Vfs, as they are now", () => {
    const vfs = mounted("/data/live");
    vfs.sync.writeFile("/a.txt", "one");
    expect(pyodide.runPython(`open("/data/live/a.txt").read()`)).toBe("one");
    vfs.sync.writeFile("/a.txt", "changed outside");
    expect(pyodide.runPython(`open("/data/live/a.txt").read()`)).toBe("changed outside");
    vfs.sync.rm("/a.txt");
    expect(pyodide.runPython(`import os; os.path.exists("/data/live/a.txt")`)).toBe(false);
  });

  it("does what Python does to files and folders", () => {
    const vfs = mounted("/data/work");
    const told: unknown = pyodide.runPython(`
import os, pathlib, shutil, json
root = pathlib.Path("/data/work")
(root / "a/b").mkdir(parents=True)
(root / "a/b/f.txt").write_text("hello")
with open(root / "a/b/f.txt", "a") as f: f.write(" world")
os.chmod(root / "a/b/f.txt", 0o600)
os.utime(root / "a/b/f.txt", (1000, 2000))
os.symlink("b/f.txt", root / "a/link")
shutil.copytree(root / "a", root / "c", symlinks=True)
os.rename(root / "c", root / "d")
os.rename(root / "d", root / "e")
with open(root / "big", "w+b") as f:
    f.write(b"x" * 200_000); f.seek(100); f.write(b"y"); f.truncate(150_000); f.seek(99); middle = f.read(3).decode()
os.remove(root / "a/link")
held = open(root / "gone", "w+"); held.write("kept"); held.flush(); os.remove(root / "gone"); held.seek(0); kept = held.read(); held.close()
json.dumps([sorted(str(p.relative_to(root)) for p in root.rglob("*")), middle, kept, (root / "e/link").read_text(), oct(os.stat(root / "a/b/f.txt").st_mode)])
`);
    expect(JSON.parse(String(told))).toEqual([
      ["a", "a/b", "a/b/f.txt", "big", "e", "e/b", "e/b/f.txt", "e/link"],
      "xyx",
      "kept",
      "hello world",
      "0o100600",
    ]);
    expect(vfs.sync.readFile("/e/b/f.txt", "utf8")).toBe("hello world");
    expect(vfs.sync.stat("/a/b/f.txt").mtimeMs).toBe(2_000_000);
    expect(vfs.sync.stat("/big").size).toBe(150_000);
  });

  it("says what went wrong in Python's words", () => {
    mounted("/data/wrong");
    const kinds: unknown = pyodide.runPython(`
import os
def kind(action):
    try: action()
    except OSError as error: return type(error).__name__
os.makedirs("/data/wrong/d/e")
[kind(lambda: open("/data/wrong/none")), kind(lambda: os.rmdir("/data/wrong/d")), kind(lambda: os.mkdir("/data/wrong/d")), kind(lambda: open("/data/wrong/d", "w"))]
`);
    expect((kinds as { toJs(): unknown }).toJs()).toEqual([
      "FileNotFoundError",
      "OSError",
      "FileExistsError",
      "IsADirectoryError",
    ]);
  });

  it("keeps a SQLite database of Python's", () => {
    const vfs = mounted("/data/db");
    expect(
      pyodide.runPython(`
import sqlite3
db = sqlite3.connect("/data/db/app.db")
db.execute("create table t(x)")
db.executemany("insert into t values(?)", [(i,) for i in range(1000)])
db.commit(); db.close()
sqlite3.connect("/data/db/app.db").execute("select sum(x) from t").fetchone()[0]
`),
    ).toBe(499_500);
    expect(vfs.sync.readdir("/")).toEqual(["app.db"]);
  });

  it("goes away again", () => {
    const vfs = createVfs(memory());
    vfs.sync.writeFile("/f", "x");
    const mount = mountInto({ FS: fs() }, "/data/away", vfs);
    mount.unmount();
    expect(pyodide.runPython(`import os; os.listdir("/data/away")`).toJs()).toEqual([]);
  });
});
