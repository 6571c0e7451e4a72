import { createVfs, VfsError, type Layer, type Vfs, type VfsOptions } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { spanAttributes, trace, type TraceEvent } from "../src/index.ts";
import { tryLayer } from "./kit.ts";

tryLayer("trace", { layers: () => [trace({ onEvent: () => undefined })] });

/** A Vfs with a trace in front, a clock that goes on by 5 at each look, and what was told. */
function traced(...more: Layer[]): { vfs: Vfs; events: TraceEvent[] } {
  const events: TraceEvent[] = [];
  let now = 0;
  const layer = trace({ onEvent: (event) => events.push(event), monotonicMs: () => (now += 5) });
  const options: VfsOptions = { layers: [layer, ...more] };
  return { vfs: createVfs(memory(), options), events };
}

const brief = ({ op, path, to, bytes, outcome }: TraceEvent): unknown[] => [op, path, to, bytes, outcome];

describe("trace", () => {
  it("tells of each operation once, with bytes, actor, time and end", async () => {
    const { vfs, events } = traced();
    const ada = vfs.view({ actor: "ada" });
    await ada.writeFile("/f", "12345");
    await ada.rename("/f", "/g");
    await ada.readFile("/g");
    await ada.readFile("/none").catch(() => undefined);
    const handle = await ada.open("/g", "r+");
    await handle.write("abc", 0);
    await handle.read(new Uint8Array(10), 0, 10, 0);
    await handle.close();
    expect(events.map(brief)).toEqual([
      ["write", "/f", undefined, 5, "ok"],
      ["rename", "/f", "/g", undefined, "ok"],
      ["read", "/g", undefined, 5, "ok"],
      ["read", "/none", undefined, undefined, "ENOENT"],
      ["open", "/g", undefined, undefined, "ok"],
      ["file.write", "/g", undefined, 3, "ok"],
      ["file.read", "/g", undefined, 5, "ok"],
      ["file.close", "/g", undefined, undefined, "ok"],
    ]);
    for (const event of events) expect(event).toMatchObject({ actor: "ada", mount: "/", durationMs: 5 });
    expect(Math.abs((events[0]?.timeMs ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it("ends a stream when the stream ends: read to the end, left early, failed", async () => {
    const { vfs, events } = traced();
    await vfs.writeFile("/f", "x".repeat(100));
    events.length = 0;
    for await (const _ of vfs.readStream("/f", { chunkSize: 10 })) expect(events).toEqual([]);
    expect(events.map(brief)).toEqual([["readStream", "/f", undefined, 100, "ok"]]);
    for await (const _ of vfs.readStream("/f", { chunkSize: 10 })) break;
    expect(events[1]).toMatchObject({ op: "readStream", bytes: 10, outcome: "ok" });
    await vfs.writeStream("/g", ["ab", "cd"]);
    expect(events[2]).toMatchObject({ op: "writeStream", bytes: 4, outcome: "ok" });
    const failing = async function* (): AsyncGenerator<string> {
      yield "ab";
      throw new RangeError("no more");
    };
    await vfs.writeStream("/h", failing()).catch(() => undefined);
    expect(events[3]).toMatchObject({ op: "writeStream", bytes: 2, outcome: "error" });
    for (const _ of vfs.sync.readStream("/f", { chunkSize: 50 })) expect(events.length).toBe(4);
    expect(events[4]).toMatchObject({ op: "readStream", bytes: 100, outcome: "ok" });
  });

  it("tells once of a call that meets links, and of none as an error", async () => {
    const { vfs, events } = traced();
    await vfs.mkdir("/d");
    await vfs.writeFile("/d/f", "x");
    await vfs.symlink("d", "/one");
    await vfs.symlink("one/f", "/two");
    events.length = 0;
    await vfs.readFile("/two");
    expect(events.map(brief)).toEqual([["read", "/d/f", undefined, 1, "ok"]]);
  });

  it("says aborted of what the caller has ended, and goes on when it is told wrongly", async () => {
    const { vfs, events } = traced();
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(vfs.readFile("/f", { signal })).rejects.toBe(reason);
    expect(events.map(({ outcome, error }) => [outcome, error])).toEqual([["aborted", reason]]);
    expect(() => trace({} as never)).toThrow(TypeError);
  });

  it("sees paths from the root of everything in a mount, and which one it is", async () => {
    const events: TraceEvent[] = [];
    const vfs = createVfs(memory());
    await vfs.mount("/m", memory(), { layers: [trace({ onEvent: (event) => events.push(event) })] });
    await vfs.writeFile("/m/f", "x");
    expect(events[0]).toMatchObject({ path: "/m/f", mount: "/m" });
  });

  it("counts a stream of an operation that does not exist yet", async () => {
    const events: TraceEvent[] = [];
    const layer = trace({ onEvent: (event) => events.push(event) });
    const call = { op: "tail", args: {}, ctx: {}, globalPath: "/f", mountPath: "/" };
    const source = layer.handle(call as never, () => [new Uint8Array(3), new Uint8Array(4)]);
    expect(events).toEqual([]);
    for (const _ of source as Iterable<Uint8Array>);
    expect(events[0]).toMatchObject({ op: "tail", bytes: 7, outcome: "ok" });
  });

  it("becomes attributes of OpenTelemetry", async () => {
    const error = new VfsError("EACCES", { hint: "rule 3" });
    const event: TraceEvent = {
      op: "rename",
      path: "/a",
      to: "/b",
      mount: "/",
      actor: "ada",
      timeMs: 1,
      durationMs: 2,
      bytes: 3,
      outcome: "EACCES",
      error,
    };
    expect(spanAttributes(event)).toEqual({
      "vfs.operation": "rename",
      "vfs.mount": "/",
      "vfs.outcome": "EACCES",
      "file.path": "/a",
      "vfs.to": "/b",
      "enduser.id": "ada",
      "vfs.bytes": 3,
      "error.type": "EACCES",
      "vfs.hint": "rule 3",
    });
    const { to: _to, actor: _actor, bytes: _bytes, error: _error, ...plain } = event;
    expect(Object.keys(spanAttributes({ ...plain, outcome: "ok" }))).toEqual([
      "vfs.operation",
      "vfs.mount",
      "vfs.outcome",
      "file.path",
    ]);
  });
});
