import { describe, expect, it } from "vitest";
import { newSession, newVfs, valueOf } from "./helpers.ts";

describe("execute", () => {
  it("gives code its input, arguments, environment and files, for that code alone", async () => {
    const vfs = newVfs();
    const session = await newSession({ vfs });
    const look =
      "import os, sys\n[sys.stdin.read(), sys.argv, os.environ.get('KEY'), os.environ.get('HOME'), sorted(os.listdir('.'))]";
    const options = {
      stdin: "zwölf\nlines",
      argv: ["program", "-x"],
      env: { KEY: "value", HOME: "/elsewhere" },
      files: { "in/deep/a.txt": "text", "/data/b.bin": new Uint8Array([1, 2]) },
    };
    expect(await session.execute(look, options)).toMatchObject({
      value: ["zwölf\nlines", ["program", "-x"], "value", "/elsewhere", ["b.bin", "in"]],
    });
    expect(await valueOf(session, look)).toEqual(["", [""], null, "/home/user", ["b.bin", "in"]]);
    expect(await vfs.readFile("/in/deep/a.txt", "utf8")).toBe("text");
    // What one piece of code leaves unread is not for the next.
    const first = { stdin: "one\ntwo\nthree\n" };
    expect(await session.execute("input('? ')", first)).toMatchObject({ value: "one", stdout: "? " });
    expect((await session.execute("input()", { stdin: "four\n" })).value).toBe("four");
    expect((await session.execute("input()")).error?.type).toBe("EOFError");
    const bytes = new Uint8Array(300_000).fill(7);
    expect((await session.execute("sum(sys.stdin.buffer.read())", { stdin: bytes })).value).toBe(2_100_000);
    await expect(session.execute("1", { files: { "/etc/passwd": "x" } })).rejects.toThrow(
      '"/etc/passwd" is in none of the session\'s files, which are at /data',
    );
    await expect(session.execute("1", { files: { "../x": "x" } })).rejects.toThrow(TypeError);

    // The rest is about what comes back; it needs no session of its own.
    const show = `
class Chart:
    def __init__(self, **shown): self.shown = shown
    def _repr_html_(self): return self.shown.get('html')
    def _repr_png_(self): return self.shown.get('png')
    def _repr_svg_(self): return self.shown.get('svg')
    def _repr_json_(self): return self.shown.get('json')
    def _repr_latex_(self): raise ValueError('not today')
    def _repr_mimebundle_(self): return self.shown.get('bundle')
    def __repr__(self): return 'a chart'`;
    await valueOf(session, show);
    const mimeOf = async (code: string): Promise<unknown> => (await session.execute(code)).mime;
    expect(
      await mimeOf("Chart(html='<b>é</b>', png=b'\\x89PNG\\x00', svg='<svg/>', json={'a': [1]})"),
    ).toEqual({
      "text/plain": "a chart",
      "text/html": "<b>é</b>",
      "image/png": Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0]),
      "image/svg+xml": "<svg/>",
      "application/json": '{"a": [1]}',
    });
    // Base64 and beside it how to show it, as some have it; a bundle is the object's own choice.
    expect(await mimeOf("Chart(png=('AQID\\n', {'width': 5}))")).toMatchObject({
      "image/png": Uint8Array.from([1, 2, 3]),
    });
    expect(await mimeOf("Chart(html='<i/>', bundle={'text/html': '<b/>', 'x/y': b'1', 5: 'no'})")).toEqual({
      "text/plain": "a chart",
      "text/html": "<b/>",
      "x/y": Uint8Array.from([49]),
    });
    expect(await mimeOf("Chart(html='x' * (5 << 20), svg='<svg/>')")).toEqual({
      "text/plain": "a chart",
      "image/svg+xml": "<svg/>",
    });
    expect(await mimeOf("Chart()")).toEqual({});
    expect(await mimeOf("Chart")).toEqual({});
    expect(await mimeOf("[1, 2]")).toEqual({});

    // As in a notebook, code may await where it stands.
    const awaiting = `
import asyncio
async def double(x):
    await asyncio.sleep(0)
    return 2 * x
a = await double(1)
async with asyncio.timeout(5): b = [await double(i) for i in range(3)]
await double(a) + sum(b)`;
    expect(await valueOf(session, awaiting)).toBe(10);
    expect((await session.execute("await asyncio.sleep(0)\nawait double(None)")).error).toMatchObject({
      type: "TypeError",
      line: 2,
    });
    expect(await valueOf(session, "double.__name__")).toBe("double");
    const endless = await session.execute("await asyncio.sleep(100)", { timeoutMs: 200 });
    expect(endless).toMatchObject({ restarted: false, error: { kind: "timeout", limit: "timeoutMs" } });

    expect(session.stats).toMatchObject({
      executions: expect.any(Number) as number,
      restarts: 0,
      callbacks: 0,
    });
    const { executions, fileOperations, cpuMs, durationMs, peakMemoryBytes } = session.stats;
    const busy = await session.execute("n = sum(range(5_000_000))\nopen('f', 'w').close()");
    expect(busy.cpuMs).toBeGreaterThan(10);
    expect(session.stats.executions).toBe(executions + 1);
    expect(session.stats.fileOperations).toBeGreaterThan(fileOperations);
    expect(session.stats.cpuMs).toBeCloseTo(cpuMs + busy.cpuMs);
    expect(session.stats.durationMs).toBeCloseTo(durationMs + busy.durationMs);
    expect(session.stats.peakMemoryBytes).toBeGreaterThanOrEqual(peakMemoryBytes);
    await session.execute("import os; os._exit(1)");
    expect(session.stats.restarts).toBe(1);
  });
});
