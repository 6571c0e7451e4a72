import { createVfs, type Layer, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { limit } from "../src/index.ts";
import { codeOf } from "./outcomes.ts";
import { counted } from "./counted.ts";
import { tryLayer } from "./kit.ts";
import { ManualClock, settled } from "./manual-clock.ts";

tryLayer("limit of one", { layers: () => [limit({ concurrency: 1 })] });
tryLayer("limit of a rate", { layers: () => [limit({ concurrency: 3, perSecond: 100_000, burst: 50 })] });

/** A store whose calls end when they are told to. */
function slow(...layers: Layer[]): { vfs: Vfs; running: (() => void)[]; began: string[] } {
  const watched = counted(memory());
  const running: (() => void)[] = [];
  const began: string[] = [];
  const vfs = createVfs(watched.store, { layers });
  vfs.sync.writeFile("/f", "0123456789");
  watched.before = (method, [path]) => {
    began.push(`${method} ${String(path)}`);
    return new Promise<void>((resolve) => running.push(resolve));
  };
  return { vfs, running, began };
}

describe("limit", () => {
  it("lets so many work at a time, actors in turns and each in order", async () => {
    const { vfs, running, began } = slow(limit({ concurrency: 2 }));
    const [ada, bob] = [vfs.view({ actor: "ada" }), vfs.view({ actor: "bob" })];
    const all = ["a1", "a2", "a3", "a4"].map((name) => codeOf(() => ada.stat(`/${name}`)));
    all.push(
      codeOf(() => bob.stat("/b1")),
      codeOf(() => bob.stat("/b2")),
    );
    await settled();
    expect(began).toEqual(["stat /a1", "stat /a2"]);
    for (let i = 0; i < 6; i++) {
      running[i]?.();
      await settled();
      expect(running.length, "at work").toBeLessThanOrEqual(i + 3);
    }
    await Promise.all(all);
    expect(began).toEqual(["stat /a1", "stat /a2", "stat /a3", "stat /b1", "stat /a4", "stat /b2"]);
  });

  it("gives its place back when a call fails, and to the next when who waits gives up", async () => {
    const { vfs, running, began } = slow(limit({ concurrency: 1 }));
    const first = codeOf(() => vfs.stat("/none"));
    const reason = new Error("enough");
    const control = new AbortController();
    const second = vfs.readFile("/second", { signal: control.signal }).catch((thrown: unknown) => thrown);
    const third = codeOf(() => vfs.stat("/third"));
    await settled();
    control.abort(reason);
    expect(await second).toBe(reason);
    running[0]?.();
    expect(await first).toBe("ENOENT");
    await settled();
    running[1]?.();
    await third;
    expect(began).toEqual(["stat /none", "stat /third"]);
  });

  it("takes a copy of what has to wait, so that the caller may change it", async () => {
    const { vfs, running } = slow(limit({ concurrency: 1 }));
    const first = codeOf(() => vfs.stat("/f"));
    const data = new Uint8Array([1, 2, 3]);
    const written = vfs.writeFile("/g", data);
    data.fill(9);
    running[0]?.();
    await first;
    await settled();
    running[1]?.();
    await written;
    const read = vfs.readFile("/g");
    await settled();
    running[2]?.();
    expect(await read).toEqual(new Uint8Array([1, 2, 3]));
  });

  it("holds a place for a stream while a chunk is read, and none while the reader thinks", async () => {
    const watched = counted(memory());
    const vfs = createVfs(watched.store, { layers: [limit({ concurrency: 1 })] });
    await vfs.writeFile("/f", "0123456789");
    let atWork = 0;
    let most = 0;
    const gate: { open?: () => void } = {};
    const stream = vfs.readStream("/f", { chunkSize: 5 })[Symbol.asyncIterator]();
    await stream.next();
    // Nobody reads a chunk: others may work.
    expect((await vfs.stat("/f")).size).toBe(10);
    watched.before = (method) => {
      if (method !== "stat") return undefined;
      most = Math.max(most, ++atWork);
      return new Promise<void>((resolve) => (gate.open = resolve)).then(() => void atWork--);
    };
    const stat = vfs.stat("/f");
    await settled();
    let came = false;
    const chunk = stream.next().then((step) => {
      came = true;
      return step;
    });
    await settled();
    expect([came, most]).toEqual([false, 1]);
    gate.open?.();
    await stat;
    expect((await chunk).value?.length).toBe(5);
    expect((await stream.next()).done).toBe(true);
  });

  it("does not let a copy wait for itself, nor a writer whose source reads", async () => {
    const vfs = createVfs(memory(), { layers: [limit({ concurrency: 1 })] });
    await vfs.mount("/m", memory());
    const size = 3 << 20;
    await vfs.writeFile("/f", new Uint8Array(size));
    await Promise.all([vfs.cp("/f", "/m/f"), vfs.cp("/f", "/m/g"), vfs.copyFile("/f", "/m/h")]);
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (const name of ["f", "g", "h"]) yield await vfs.readFile(`/m/${name}`);
    };
    await vfs.writeStream("/all", source());
    expect((await vfs.stat("/all")).size).toBe(3 * size);
    for await (const chunk of vfs.readStream("/f")) await vfs.appendFile("/copy", chunk);
    expect((await vfs.stat("/copy")).size).toBe(size);
  });

  it("begins so many in a second, after a burst, and the clock decides", async () => {
    const clock = new ManualClock(false);
    const watched = counted(memory());
    const vfs = createVfs(watched.store, { layers: [limit({ perSecond: 10, burst: 3, clock })] });
    const begun = (): number => watched.calls.filter((name) => name === "stat").length;
    const all = Array.from({ length: 6 }, () => codeOf(() => vfs.stat("/none")));
    await settled();
    expect(begun()).toBe(3);
    clock.pass(99);
    await settled();
    expect(begun()).toBe(3);
    for (let i = 4; i <= 6; i++) {
      clock.pass(100);
      await settled();
      await settled();
      expect(begun()).toBe(i);
    }
    await Promise.all(all);
  });

  it("goes on with the next when who waits for a token gives up", async () => {
    const clock = new ManualClock(false);
    const vfs = createVfs(memory(), { layers: [limit({ perSecond: 1, clock })] });
    await vfs.writeFile("/f", "x");
    const control = new AbortController();
    const first = vfs.readFile("/f", { signal: control.signal }).catch((thrown: unknown) => thrown);
    const second = vfs.readFile("/f", "utf8");
    await settled();
    control.abort("enough");
    expect(await first).toBe("enough");
    await settled();
    clock.pass(1000);
    expect(await second).toBe("x");
  });

  it("tells a caller that cannot wait so, and takes nothing then; closing is always possible", async () => {
    const { vfs, running } = slow(limit({ concurrency: 1 }));
    const handle = vfs.sync;
    const busy = codeOf(() => vfs.stat("/f"));
    await settled();
    expect(await codeOf(() => handle.stat("/f"))).toBe("EAGAIN");
    running[0]?.();
    await busy;
    const clock = new ManualClock();
    const rated = createVfs(memory(), { layers: [limit({ perSecond: 2, clock })] });
    const file = rated.sync.open("/f", "w");
    rated.sync.mkdir("/d");
    expect(await codeOf(() => rated.sync.mkdir("/e"))).toBe("EAGAIN");
    file.close();
    clock.pass(500);
    rated.sync.mkdir("/e");
  });

  it("takes no limits below 1", () => {
    expect(() => limit({ concurrency: 0 })).toThrow(RangeError);
    expect(() => limit({ perSecond: 0 })).toThrow(RangeError);
    expect(() => limit({ perSecond: 1, burst: 0 })).toThrow(RangeError);
    expect(() => limit({ concurrency: Number.NaN })).toThrow(RangeError);
  });
});
