import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { createSession, python } from "../src/index.ts";
import { javascript } from "../src/javascript/javascript.ts";
import { Seal } from "../src/python/guest/seal.ts";
import { shell } from "../src/shell/shell.ts";
import { wall } from "../src/wall.ts";
import { children, newSession, newVfs, valueOf } from "./helpers.ts";

/** An uncompressed zip file, as a wheel is one. */
function zip(files: Readonly<Record<string, string>>): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const data = Buffer.from(text);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt32LE(crc32(data), 10);
    head.writeUInt32LE(data.length, 14);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), head, Buffer.from(name), data]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), head, place, Buffer.from(name)]));
    parts.push(local);
    at += local.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

const WHEEL = "tiny-1.0-py3-none-any.whl";
const TINY = zip({
  "tiny/__init__.py": "from .inner import VALUE\n",
  "tiny/inner.py": "VALUE = 42\n",
  "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
  "tiny-1.0.data/purelib/beside.py": "VALUE = 1\n",
  "tiny-1.0.data/scripts/run": "nothing",
  "../../tmp/escaped.py": "VALUE = 'out'\n",
});

/** A folder that is gone with its test. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "start-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Why a session did not start, down to what the interpreter said. */
async function failureOf(starting: Promise<unknown>): Promise<string> {
  const texts: string[] = [];
  const error = await starting.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  for (let one = error; one instanceof Error; one = one.cause) texts.push(one.message);
  return texts.join(": ");
}

describe("wheels", () => {
  it("of a folder and of the mount are there to be imported", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, WHEEL), TINY);
    const vfs = newVfs();
    const wheel = zip({
      "mounted.py": "VALUE = 'mounted'\n",
      "mounted-1.dist-info/METADATA": "Name: mounted\n",
    });
    await vfs.mkdir("/wheels");
    await vfs.writeFile("/wheels/mounted-1-py3-none-any.whl", wheel);
    const session = await newSession({
      vfs,
      engine: python({ wheels: folder, mountedWheels: "/data/wheels" }),
    });
    const code = `
import importlib.metadata, importlib.util, os, tiny, beside, mounted
[tiny.VALUE, beside.VALUE, mounted.VALUE, importlib.metadata.version('tiny'), importlib.util.find_spec('run'), os.listdir('/tmp')]`;
    expect(await valueOf(session, code)).toEqual([42, 1, "mounted", "1.0", null, []]);
    await session.reset();
    expect(await valueOf(session, "import tiny; tiny.VALUE")).toBe(42);
  });

  it("that cannot be used are refused", async () => {
    const folder = newFolder();
    expect(() => python({ wheels: folder })).toThrow(`there are no wheels in "${folder}"`);
    expect(() => python({ wheels: join(folder, "none.whl") })).toThrow("there is no wheel");
    mkdirSync(join(folder, "more"));
    writeFileSync(join(folder, "more", "numpy-2.4-cp314-cp314-emscripten_4_0_9_wasm32.whl"), "");
    expect(() => python({ wheels: join(folder, "more") })).toThrow(/is no pure wheel: compiled code/);
    const vfs = newVfs();
    const start = (mountedWheels: string): Promise<string> =>
      failureOf(createSession({ vfs, engine: python({ mountedWheels }) }));
    expect(await start("/data/none.whl")).toMatch(/did not start.*none\.whl is no pure wheel/s);
  });
});

describe("the seal", () => {
  it("lets no module be instantiated that imports what it does not know", async () => {
    const instantiated: unknown[] = [];
    const module = {
      instantiateWasm: (imports: unknown) => instantiated.push(imports),
    } as unknown as Parameters<Seal["guard"]>[0];
    const refused = new Seal({}).guard(module);
    const env = { fd_read: () => 0, brand_new: () => 0 };
    const imports = { env, wasi_snapshot_preview1: env };
    module.instantiateWasm(imports, () => undefined);
    await expect(refused).rejects.toThrow(/its seal does not know/);
    expect(instantiated).toEqual([]);
  });
});

const bubblewrap = (process.env["PATH"] ?? "").split(delimiter).some((at) => existsSync(join(at, "bwrap")));

describe("strict isolation", () => {
  it("is refused where nothing can provide it", async () => {
    const { PATH } = process.env;
    onTestFinished(() => void (process.env["PATH"] = PATH));
    process.env["PATH"] = newFolder();
    const failure = await failureOf(createSession({ vfs: newVfs(), engine: python(), isolation: "strict" }));
    expect(failure).toContain('isolation "strict" needs Linux with bubblewrap: install it');
  });

  it.runIf(bubblewrap)("leaves a process nothing but what it needs, without the other layers", () => {
    const folder = newFolder();
    writeFileSync(join(folder, "secret"), "planted");
    const program = `
      const fs = require("node:fs"), os = require("node:os");
      const able = (action) => { try { return action(); } catch (error) { return error.code; } };
      console.log(JSON.stringify({
        secret: able(() => fs.readFileSync(${JSON.stringify(join(folder, "secret"))}, "utf8")),
        passwd: able(() => fs.readFileSync("/etc/passwd", "utf8")),
        root: able(() => fs.writeFileSync("/made", "x")),
        tmp: able(() => fs.writeFileSync("/tmp/made", "x")),
        pids: fs.readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).length < 5,
        net: Object.keys(os.networkInterfaces()).filter((name) => name !== "lo"),
        env: Object.keys(process.env).filter((name) => name !== "PWD"),
        kill: able(() => process.kill(${process.pid}, 0)),
      }));`;
    const [file, ...args] = [...wall([]), process.execPath, "--eval", program];
    const { stdout, stderr } = spawnSync(file, args, { encoding: "utf8", env: { SENTINEL: "planted" } });
    expect(stderr).toBe("");
    const { kill, ...told } = JSON.parse(stdout) as { kill: unknown };
    expect(told).toEqual({
      secret: "ENOENT",
      passwd: "ENOENT",
      root: "EROFS",
      // Where a runtime that lies there is shown, the folder is there, and nothing can be made in it.
      tmp: expect.stringMatching(/^(ENOENT|EROFS)$/),
      pids: true,
      net: [],
      env: [],
    });
    expect(kill).toBe("ESRCH");
    expect(Object.keys(networkInterfaces())).not.toEqual([]);
  });

  it.runIf(bubblewrap)("is a session like any other", async () => {
    const vfs = newVfs();
    const session = await newSession({ vfs, isolation: "strict" });
    expect(await valueOf(session, "open('/data/f', 'w').write('hi')")).toBe(2);
    expect(await vfs.readFile("/f", "utf8")).toBe("hi");
    const stubborn = "while True:\n  try:\n    while True: pass\n  except BaseException: pass";
    const result = await session.execute(stubborn, { timeoutMs: 300 });
    expect(result).toMatchObject({ restarted: true, error: { kind: "timeout" } });
    expect(await valueOf(session, "open('/data/f').read()")).toBe("hi");
    await session.close();
    expect(children()).toBe("");
  });

  it.runIf(bubblewrap)("holds for JavaScript and the shell, and for what the shell starts", async () => {
    const vfs = newVfs();
    const js = await newSession({ vfs, engine: javascript(), isolation: "strict" });
    expect(await valueOf(js, "fs.writeFileSync('/data/f', 'hi'); fs.readFileSync('f', 'utf8')")).toBe("hi");
    const sh = await newSession({ vfs, engine: shell(), isolation: "strict" });
    const script = 'cat f; node -p \'fs.readFileSync("f", "utf8")\'';
    expect((await sh.execute(script, { timeoutMs: 60_000 })).stdout).toBe("hihi\n");
    // The two, and the interpreter that is ready for the next command.
    const started = children().split(" ");
    expect(started.length).toBeGreaterThanOrEqual(3);
    expect(started.map((pid) => readFileSync(`/proc/${pid}/comm`, "utf8"))).toEqual(
      started.map(() => "bwrap\n"),
    );
  });
});
