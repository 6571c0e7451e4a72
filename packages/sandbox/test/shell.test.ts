import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSession, type Session } from "../src/index.ts";
import { shell } from "../src/shell/shell.ts";
import { children } from "./helpers.ts";

// Interpreters are started here, on a machine that may be busy with others.
const PATIENT = { timeoutMs: 100_000 };

// One for all that can do with any: to start one takes longer than most of what it is asked here.
let vfs: Vfs;
let session: Session;
const reference = createVfs(memory());
beforeAll(async () => {
  vfs = createVfs(memory());
  session = await createSession({
    vfs,
    mounts: { "/ref": { vfs: reference, readOnly: true } },
    engine: shell(),
    limits: PATIENT,
    callbacks: {
      price: (sku: string) => ({ sku }),
      say: (text: string) => text,
      fail: () => {
        throw new Error("the host says no");
      },
      twice: (n: number) => 2 * n,
    },
  });
});
afterAll(() => session.close());

/** What a script prints, and how it ends when that is not well. */
async function printed(on: Session, code: string): Promise<string> {
  const { stdout, stderr, exitCode, error } = await on.execute(code);
  expect(error).toBeUndefined();
  return stdout + stderr + (exitCode === 0 ? "" : `[${exitCode}]`);
}

describe("shell › execute", () => {
  it("answers with output, errors and the exit code, apart", async () => {
    expect(await session.execute("echo out; cat none; (exit 3)")).toMatchObject({
      ok: true,
      stdout: "out\n",
      stderr: "cat: none: No such file or directory\n",
      exitCode: 3,
      value: undefined,
    });
    expect(await session.execute("echo before; exit 4; echo after")).toMatchObject({
      ok: true,
      stdout: "before\n",
      exitCode: 4,
    });
    expect(await session.execute("echo 'open")).toMatchObject({
      ok: true,
      exitCode: 2,
      stderr: expect.stringContaining("syntax error") as string,
    });
    expect(await printed(session, "echo $?; nosuch; true")).toBe("2\nbash: nosuch: command not found\n");
    expect(await printed(session, "set -e; false; echo no")).toBe("[1]");
    expect(
      await printed(session, "set +e; false; echo yes; printf 'h\\u00e9 日本' | wc -c; printf 'é\\n'"),
    ).toBe("yes\n10\né\n");
  });

  it("remembers variables, functions, aliases, arrays, options and the directory, until it is reset", async () => {
    await printed(
      session,
      "plain=1; export given=2; list=(a b c); declare -A map=([k]=v); greet() { echo hello $1 $plain; }; mkdir -p in/here; cd in/here; set -o pipefail",
    );
    const look =
      "echo $plain $given ${list[1]} ${map[k]}; greet you; pwd; false | true; echo $?; env | grep given";
    expect(await printed(session, look)).toBe("1 2 b v\nhello you 1\n/data/in/here\n1\ngiven=2\n");
    expect(await printed(session, "cd -; cd; pwd; unset plain; list+=(d); unset -f greet")).toBe(
      "/data\n/data\n",
    );
    expect(await printed(session, 'echo "${plain-gone} ${list[@]}"; greet')).toBe(
      "gone a b c d\nbash: greet: command not found\n[127]",
    );
    await session.reset();
    expect(await printed(session, "echo ${given-gone} ${list[1]-gone}; pwd")).toBe("gone gone\n/data\n");
  });

  it("is given an input, arguments and an environment", async () => {
    const options = { stdin: "one\ntwo\n", argv: ["job.sh", "a b", "c'd"], env: { WHO: "Ada" } };
    const { stdout } = await session.execute(
      "read first; echo $first; cat; echo $# $2 $1; echo $WHO; env | grep WHO",
      options,
    );
    expect(stdout).toBe("one\ntwo\n2 c'd a b\nAda\nWHO=Ada\n");
    expect(await printed(session, "cat; echo ${WHO-gone}")).toBe("gone\n");
  });

  it("tells of what is printed, a statement at a time", async () => {
    const heard: string[] = [];
    const { stdout } = await session.execute("echo one\necho two >&2\nfor i in 3 4; do echo $i; done", {
      onStdout: (text) => heard.push(text),
    });
    expect([heard, stdout]).toEqual([["one\n", "3\n4\n"], "one\n3\n4\n"]);
  });

  it("calls functions of the host as commands", async () => {
    expect(await printed(session, 'price tea | jq -r .sku; say "$(say hi) you"; fail')).toBe(
      "tea\nhi you\nfail: the host says no\n[1]",
    );
  });
});

describe("shell › files", () => {
  it("are the host's, at once, both ways, and /tmp is the shell's own", async () => {
    await vfs.mkdir("/shop");
    await vfs.writeFile("/shop/in.csv", "tea,3\ncake,4\n");
    await printed(session, "cd /data/shop");
    expect(
      await printed(
        session,
        "cut -d, -f2 in.csv | awk '{ s += $1 } END { print s }' | tee sum; sed -i s/tea/chai/ in.csv",
      ),
    ).toBe("7\n");
    expect([await vfs.readFile("/shop/in.csv", "utf8"), await vfs.readFile("/shop/sum", "utf8")]).toEqual([
      "chai,3\ncake,4\n",
      "7\n",
    ]);
    await vfs.writeFile("/shop/in.csv", "new\n");
    expect(await printed(session, "cat in.csv; wc -c < in.csv; stat -c %s in.csv")).toBe("new\n4\n4\n");
    expect(
      await printed(session, "echo t > /tmp/t; cp /tmp/t .; mv t u; mv u /tmp/v; cat /tmp/v; ls; ls /tmp"),
    ).toBe("t\nin.csv\nsum\nt\nv\n");
    expect(
      await printed(
        session,
        "ln -s in.csv l; ln in.csv h; readlink l; cat l h; rm sum; find . | sort; cat /etc/passwd",
      ),
    ).toBe("in.csv\nnew\nnew\n.\n./h\n./in.csv\n./l\ncat: /etc/passwd: No such file or directory\n[1]");
    expect(
      await printed(
        session,
        "rmdir none 2>/dev/null || echo failed; echo x > made/f; cat made/f; tar cf a.tar in.csv && tar tf a.tar; gzip -c in.csv | gunzip",
      ),
    ).toBe("failed\nx\nin.csv\nnew\n");
  });

  it("may be of several mounts, with read-only ones", async () => {
    await reference.writeFile("/r", "reference\n");
    expect(await printed(session, "cd /data; cp /ref/r mine; cat mine; cp -r /ref copy; ls copy")).toBe(
      "reference\nr\n",
    );
    expect((await session.execute("echo x > /ref/r")).exitCode).not.toBe(0);
    expect(await reference.readFile("/r", "utf8")).toBe("reference\n");
  });
});

describe("shell › python3 and node", () => {
  it("run on this package's engines, with arguments, input, environment, directory and exit code", async () => {
    await vfs.mkdir("/work");
    await vfs.writeFile("/work/mod.py", "def f(): raise ValueError('deep')\n");
    await vfs.writeFile(
      "/work/job.py",
      "import os, sys, sqlite3\nprint(__name__, __file__, os.getcwd(), sys.argv[1:], sys.stdin.read().strip(), os.environ['WHO'])\nif len(sys.argv) > 2: import mod; mod.f()\n",
    );
    await printed(session, "cd /data/work; export WHO=Ada");
    const failed = await session.execute("echo in | python3 job.py one two");
    expect(failed.stdout).toBe("__main__ /data/work/job.py /data/work ['one', 'two'] in Ada\n");
    expect([failed.exitCode, failed.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^Traceback[\s\S]*job\.py", line 3[\s\S]*mod\.py", line 1[\s\S]*ValueError: deep\n$/,
      ),
    ]);
    expect(
      await printed(
        session,
        "python3 -c 'import sys; print(twice(4), sys.argv); sys.exit(3)' x; echo $?; echo 'print(6 * 7)' | python3; python3 -m json.tool <<< '[1]' | head -1; python -V",
      ),
    ).toBe("8 ['-c', 'x']\n3\n42\n[\nPython 3.14.2\n");
  });

  it("run JavaScript likewise, each time in an interpreter of its own", async () => {
    await printed(session, "cd /data");
    const script =
      "console.log(process.argv.slice(2), fs.readFileSync(0, 'utf8'), require.main === module, process.cwd(), globalThis.left); globalThis.left = 1; if (process.argv[3]) null.x";
    await session.execute(`cat > job.js <<'END'\n${script}\nEND`);
    expect(
      await printed(
        session,
        "printf in | node job.js a; node job.js < /dev/null; echo 'console.log(1)' | node; node -p '[1 + 1]'; node -e 'process.exit(5)'",
      ),
    ).toBe("[ 'a' ] in true /data undefined\n[]  true /data undefined\n1\n[ 2 ]\n[5]");
    const failed = await session.execute("node job.js a b < /dev/null");
    expect([failed.exitCode, failed.stderr]).toEqual([
      1,
      expect.stringMatching(/^TypeError[\s\S]*\/data\/job\.js:1/),
    ]);
    expect(await printed(session, "node none.js; node --bad; python3 --bad")).toMatch(
      /Cannot find module[\s\S]*bad option[\s\S]*unknown option/,
    );
  });

  it.runIf(process.platform === "linux")("leave no process behind", async () => {
    await session.execute("node -p 1; python3 -c 'while True: pass'", { timeoutMs: 1500 });
    await session.close();
    expect(children()).toBe("");
  });
});
