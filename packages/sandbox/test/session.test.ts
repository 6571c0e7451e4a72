import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSession, python, type Session } from "../src/index.ts";
import { newSession, valueOf } from "./helpers.ts";

// One for all that can do with any: to start one takes longer than most tests.
let vfs: Vfs;
let session: Session;
beforeAll(async () => {
  vfs = createVfs(memory());
  session = await createSession({ vfs, engine: python() });
});
afterAll(() => session.close());
afterAll(() => vfs.close());

describe("execute", () => {
  it("gives back the last value, as JSON has it and as repr shows it", async () => {
    const cases: [code: string, value: unknown, repr: string | undefined][] = [
      ["1 + 1", 2, "2"],
      ["'text'", "text", "'text'"],
      [
        "[1, 2.5, None, True, {'a': 'b'}]",
        [1, 2.5, null, true, { a: "b" }],
        "[1, 2.5, None, True, {'a': 'b'}]",
      ],
      ["None", undefined, undefined],
      ["x = 1", undefined, undefined],
      ["{1, 2}", undefined, "{1, 2}"],
      ["float('nan')", undefined, "nan"],
      ["", undefined, undefined],
      ["# only a comment", undefined, undefined],
      ["if True:\n  5", undefined, undefined],
    ];
    for (const [code, value, repr] of cases) {
      const result = await session.execute(code);
      expect({ code, ok: result.ok, value: result.value, repr: result.repr }).toEqual({
        code,
        ok: true,
        value,
        repr,
      });
    }
  });

  it("gives back exactly what was printed", async () => {
    const code = `
import os, sys
print("  spaces  ")
sys.stdout.write("no newline")
sys.stdout.flush()
os.write(1, "\\n raw é\\n".encode())
print("to stderr", file=sys.stderr)
os.write(1, b"\\xff\\n")
print("\\u65e5\\U0001f600", end="")`;
    const { stdout, stderr, ok } = await session.execute(code);
    expect({ ok, stdout, stderr }).toEqual({
      ok: true,
      stdout: "  spaces  \nno newline\n raw é\n\ufffd\n日\u{1f600}",
      stderr: "to stderr\n",
    });
  });

  it("tells of what is printed while the code runs, in order", async () => {
    const told: [who: string, text: string][] = [];
    const hear = (who: string) => (text: string) => {
      const last = told.at(-1);
      if (last?.[0] === who) last[1] += text;
      else told.push([who, text]);
    };
    const code = `
import sys, time
for i in range(3):
    print(i)
    print('e', i, file=sys.stderr)
    time.sleep(0.05)
print('end')`;
    const startMs = performance.now();
    const heardMs: number[] = [];
    const running = session.execute(code, {
      onStdout: (text) => {
        heardMs.push(performance.now() - startMs);
        hear("out")(text);
      },
      onStderr: hear("err"),
    });
    const { stdout } = await running;
    expect(stdout).toBe("0\n1\n2\nend\n");
    expect(told).toEqual([
      ["out", "0\n"],
      ["err", "e 0\n"],
      ["out", "1\n"],
      ["err", "e 1\n"],
      ["out", "2\n"],
      ["err", "e 2\n"],
      ["out", "end\n"],
    ]);
    // The first was heard while the code still slept.
    expect((heardMs.at(-1) ?? 0) - (heardMs[0] ?? 0)).toBeGreaterThan(100);
    await expect(session.execute("print(1)", { onStdout: () => expect.unreachable("mine") })).rejects.toThrow(
      "mine",
    );
    expect(await valueOf(session, "2")).toBe(2);
  });

  it("tells an exception with its line, its traceback and the output so far", async () => {
    const { ok, stdout, error, value } = await session.execute(
      "print('before')\ndef f():\n  raise ValueError('bad')\nf()\n5",
    );
    expect({ ok, stdout, value }).toEqual({ ok: false, stdout: "before\n", value: undefined });
    expect(error).toMatchObject({ kind: "exception", type: "ValueError", message: "bad", line: 3 });
    expect(error?.traceback).toMatch(
      /^Traceback \(most recent call last\):\n {2}File "<execute \d+>", line 4, in <module>\n {4}f\(\)/,
    );
    expect(error?.traceback).toContain("raise ValueError('bad')");
    expect(error?.traceback).not.toContain("_vfs_boot");
    const syntax = await session.execute("x = 1\ny = = 2");
    expect(syntax.error).toMatchObject({ kind: "exception", type: "SyntaxError", line: 2 });
    const deep = await session.execute("def f(): f()\nf()");
    expect(deep.error).toMatchObject({ kind: "exception", type: "RecursionError" });
    expect((await session.execute("import sys; sys.exit()")).ok).toBe(true);
    expect((await session.execute("import sys; sys.exit(3)")).error).toMatchObject({
      type: "SystemExit",
      message: "3",
    });
    expect((await session.execute("raise KeyboardInterrupt")).error).toMatchObject({
      kind: "exception",
      type: "KeyboardInterrupt",
    });
  });

  it("keeps what the code defines, until reset", async () => {
    await valueOf(session, "import json\nx = 41\ndef f(): return x + 1");
    expect(await valueOf(session, "[f(), json.dumps(x), __name__]")).toEqual([42, "41", "__main__"]);
    await valueOf(session, "open('/data/kept', 'w').write('file')");
    await session.reset();
    expect((await session.execute("x")).error).toMatchObject({ type: "NameError" });
    expect(await valueOf(session, "open('/data/kept').read()")).toBe("file");
    expect(await vfs.readFile("/kept", "utf8")).toBe("file");
  });

  it("runs one after another what is asked for at once", async () => {
    await valueOf(session, "log = []");
    const codes = Array.from(
      { length: 10 },
      (_, i) => `import time; log.append('begin ${i}'); time.sleep(0.005); log.append('end ${i}')`,
    );
    await Promise.all(codes.map((code) => session.execute(code)));
    expect(await valueOf(session, "log")).toEqual(codes.flatMap((_, i) => [`begin ${i}`, `end ${i}`]));
  });

  it("ends with the reason of a signal, and the session goes on", async () => {
    const controller = new AbortController();
    const running = session.execute("kept = 1\nwhile True: pass", {
      signal: controller.signal,
      onStdout: () => undefined,
    });
    setTimeout(() => controller.abort(new Error("enough")), 50);
    await expect(running).rejects.toThrow("enough");
    expect(await valueOf(session, "kept")).toBe(1);
    await expect(session.execute("1", { signal: controller.signal })).rejects.toThrow("enough");
  });

  it("is interrupted by hand", async () => {
    const running = session.execute("print('on')\nwhile True: pass", { onStdout: () => session.interrupt() });
    expect(await running).toMatchObject({
      ok: false,
      stdout: "on\n",
      restarted: false,
      error: { kind: "killed", type: "KeyboardInterrupt" },
    });
    session.interrupt();
    expect(await valueOf(session, "1")).toBe(1);
  });
});

describe("createSession", () => {
  it("refuses options that make no sense", async () => {
    const make = (options: object): Promise<unknown> => createSession({ vfs, engine: python(), ...options });
    await expect(make({ mountPath: "data" })).rejects.toThrow("mountPath must be an absolute path");
    for (const mountPath of ["/", "/tmp", "/dev/x", "/lib", "/a/../b", "/a//b", "/run"])
      await expect(make({ mountPath })).rejects.toThrow(TypeError);
    await expect(make({ limits: { memoryBytes: 1 << 20 } })).rejects.toThrow("memoryBytes must be");
    await expect(make({ limits: { timeoutMs: -1 } })).rejects.toThrow(RangeError);
    await expect(make({ limits: { timeout: 1 } })).rejects.toThrow('there is no limit "timeout"');
    await expect(make({ callbacks: { "not a name": () => 1 } })).rejects.toThrow("a callback's name");
  });

  it("puts the files where it is told, and gives sessions nothing in common but them", async () => {
    const [one, two] = [session, await newSession({ mountPath: "/my/files" })];
    expect([one.mountPath, two.mountPath]).toEqual(["/data", "/my/files"]);
    await valueOf(
      one,
      "import builtins, sys\nbuiltins.leak = 1\nsys.leak = 1\nopen('/tmp/leak', 'w').close()\nopen('/data/leak', 'w').close()",
    );
    const code =
      "import builtins, os, sys\n[hasattr(builtins, 'leak'), hasattr(sys, 'leak'), os.path.exists('/tmp/leak'), os.path.exists('/data'), os.listdir('/my/files')]";
    expect(await valueOf(two, code)).toEqual([false, false, false, false, []]);
    expect(await valueOf(two, "open('f', 'w').write('x'); [os.getcwd(), os.listdir('/my/files')]")).toEqual([
      "/my/files",
      ["f"],
    ]);
    const draw =
      "import random, uuid, tempfile, secrets\n[random.random(), str(uuid.uuid4()), tempfile.mktemp(), secrets.token_hex(8)]";
    const drawn = (await Promise.all([one, two].map((each) => valueOf(each, draw)))) as unknown[][];
    for (const i of [0, 1, 2, 3]) expect(drawn[0]?.[i]).not.toEqual(drawn[1]?.[i]);
  });
});

describe("close", () => {
  it("ends what runs, and all that comes after it fails, as what is no code does", async () => {
    await expect(session.execute(5 as unknown as string)).rejects.toThrow(TypeError);
    await expect(session.execute("1", { timeoutMs: 0 })).rejects.toThrow(RangeError);
    const { promise: printed, resolve } = Promise.withResolvers<void>();
    const onStdout = (text: string): void => (text.endsWith("\n") ? resolve() : undefined);
    const running = session.execute("print('on')\nwhile True: pass", { onStdout });
    await printed;
    await session.close();
    expect(await running).toMatchObject({ stdout: "on\n", error: { kind: "killed" } });
    await expect(session.execute("1")).rejects.toMatchObject({ code: "EBADF" });
    await session.close();
  });
});
