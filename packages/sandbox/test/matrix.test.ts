import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, it } from "vitest";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createSession, python } from "../src/index.ts";

type Printed = Readonly<Record<string, string>>;

const SCENARIOS = readFileSync(new URL("scenarios.py", import.meta.url), "utf8");
const NAMES = [...SCENARIOS.matchAll(/^@scenario\ndef (\w+)/gm)].map(([, name = ""]) => name);
const hasPython =
  spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).status === 0;

/** What each scenario prints in the machine's own Python, on a folder of the kernel. */
async function natively(): Promise<Printed> {
  const folder = mkdtempSync(join(tmpdir(), "scenarios-"));
  try {
    const child = spawn("python3", ["-I", "-X", "utf8", "-"], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(`${SCENARIOS}\nimport json\nprint(json.dumps(run_all(${JSON.stringify(folder)})))\n`);
    const [printed] = await Promise.all([text(child.stdout), once(child, "close")]);
    return JSON.parse(printed) as Printed;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is not as in CPython on Linux, as FILES.md has it. */
const DIFFERENCES = `
import errno, fcntl, mmap, os
os.chdir("/data")
def code(action, *args):
    try:
        action(*args)
    except OSError as error:
        return errno.errorcode[error.errno]
missing = "mkfifo mknod sendfile copy_file_range posix_fallocate getxattr".split()
for name in ("f", "g"):
    with open(name, "w") as file: file.write("0123456789")
os.makedirs("folder")
open("folder/f", "w").close()
one, other = open("f", "r+"), open("f", "r+")
fcntl.flock(one, fcntl.LOCK_EX)
flock = code(fcntl.flock, other, fcntl.LOCK_EX | fcntl.LOCK_NB)
seeks = [code(os.lseek, one.fileno(), 0, how) for how in (3, 4)]
chown = code(os.chown, "g", 1, 2), os.stat("g").st_uid
os.chdir("folder")
busy = code(os.rmdir, "../folder/../folder")
os.chdir("..")
rename = code(os.rename, "folder", "folder/f/x")
name = code(open, b"\\xff", "w")
os.utime("g", ns=(1, 1_600_000_000_987_654_321))
time = str(os.stat("g").st_mtime_ns)
with open("g", "r+b") as file:
    mapped = mmap.mmap(file.fileno(), 0)
    file.write(b"XY")
    file.flush()
    maps = mapped[:2].decode(), code(mapped.resize, 20)
[[name for name in missing if hasattr(os, name)], flock, seeks, chown, busy, rename, name, time, maps]`;

/** What each prints in a session. */
async function live(): Promise<Printed> {
  await using vfs = createVfs(memory());
  await using session = await createSession({ vfs, engine: python() });
  const { value, error } = await session.execute(`${SCENARIOS}\nrun_all("/data")`, { timeoutMs: 100_000 });
  if (error !== undefined) throw new Error(error.traceback);
  differences = (await session.execute(DIFFERENCES)).value;
  return value as Printed;
}

let differences: unknown;

describe.runIf(hasPython)("a file scenario, in a session and on the kernel's own files", () => {
  let native: Printed = {};
  let inSession: Printed = {};
  beforeAll(async () => {
    [native, inSession] = await Promise.all([natively(), live()]);
  });

  it("is one of at least 60", () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(60);
    expect([Object.keys(native), Object.keys(inSession)]).toEqual([NAMES, NAMES]);
  });

  it("differs from those of CPython on Linux where FILES.md says so, and as it says", () => {
    expect(differences).toEqual([
      [],
      null,
      ["EINVAL", "EINVAL"],
      [null, 0],
      "EBUSY",
      "EINVAL",
      "EILSEQ",
      "1600000000987654000",
      ["01", "ENOMEM"],
    ]);
  });

  for (const name of NAMES)
    it(`prints the same: ${name.replaceAll("_", " ")}`, () => {
      expect(native[name]).toBeTruthy();
      expect(native[name]).not.toMatch(/^failed:/m);
      expect(inSession[name]).toBe(native[name]);
    });
});
