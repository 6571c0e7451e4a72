import { delayed } from "@vfs/conformance";
import { createVfs, VfsError, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { audit, secure, verifyAudit, type AuditOptions } from "../src/index.ts";
import { hasher, lineOf, parseLine, textOf } from "../src/audit/chain.ts";

const PATH = "/audit.jsonl";
const KEY = "a key of sixteen bytes at least";

/** A store, and what was written into it by `work` in the log of a Vfs. */
async function logged(options: AuditOptions = {}, store: Provider = memory()) {
  const log = audit({ provider: store, path: PATH }, options);
  const vfs = createVfs(memory(), {
    layers: [log, secure("testing", { deny: [{ name: "no", path: "/no" }] })],
  });
  const files = createVfs(store, { keepOpen: true });
  const lines = async (): Promise<string[]> => (await files.readFile(PATH, "utf8")).split("\n").slice(0, -1);
  const put = (all: readonly string[]): Promise<void> =>
    files.writeFile(PATH, all.map((line) => `${line}\n`).join(""));
  return { log, vfs, store, files, lines, put };
}

async function filled(options: AuditOptions = {}) {
  const made = await logged(options);
  for (let i = 0; i < 6; i++) await made.vfs.view({ actor: "ada" }).writeFile(`/f${i}`, "x".repeat(i));
  await made.log.flush();
  return made;
}

const problemsOf = async (store: Provider, options = {}): Promise<string[]> =>
  (await verifyAudit(store, PATH, options)).problems.map(({ kind, line }) => `${kind} ${line}`);

describe("audit", () => {
  it("writes down what was done, for whom and with what outcome, refused calls too", async () => {
    const { log, vfs, store, lines } = await logged();
    await vfs.view({ actor: "ada" }).writeFile("/f", "four");
    await vfs.readFile("/f");
    vfs.sync.rename("/f", "/g");
    await vfs.symlink("/g", "/l");
    await vfs.readFile("/l");
    await expect(vfs.writeFile("/no", "x")).rejects.toMatchObject({ code: "EACCES" });
    await expect(vfs.readFile("/none")).rejects.toMatchObject({ code: "ENOENT" });
    await log.flush();
    const entries = (await lines()).map((line) => parseLine(line)?.entry);
    expect(
      entries.map((entry) =>
        [
          entry?.seq,
          entry?.op,
          entry?.path,
          entry?.to,
          entry?.actor,
          entry?.outcome,
          entry?.bytes,
          entry?.why,
        ]
          .filter((one) => one !== undefined)
          .join(" "),
      ),
    ).toEqual([
      "1 audit.open /audit.jsonl ok",
      "2 write /f ada ok 4",
      "3 read /f ok 4",
      "4 stat / ok",
      "5 stat / ok",
      "6 rename /f /g ok",
      "7 symlink /l ok",
      "8 read /l link",
      "9 read /g ok 4",
      '10 write /no EACCES refused by rule "no"',
      "11 read /none ENOENT",
    ]);
    expect(await verifyAudit(store, PATH)).toEqual({
      ok: true,
      entries: 11,
      head: await log.head(),
      problems: [],
    });
  });

  it("loses no entry and no order behind delays, and writes many at one go", async () => {
    const inner = memory();
    let appends = 0;
    const counting = new Proxy(inner, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (key === "append") appends++;
          return Reflect.apply(value, target, args) as unknown;
        };
      },
    });
    const { log, vfs } = await logged({}, delayed(counting, 3));
    await Promise.all(Array.from({ length: 300 }, (_, i) => vfs.writeFile(`/f${i}`, "x")));
    await log.flush();
    expect(await verifyAudit(inner, PATH)).toMatchObject({ ok: true, entries: 301 });
    expect(appends).toBeLessThan(10);
  });

  it("goes on with a log that is there", async () => {
    const { store, log } = await filled();
    const head = await log.head();
    const second = await logged({}, store);
    await second.vfs.mkdir("/d");
    await second.log.flush();
    const report = await verifyAudit(store, PATH, { head });
    expect(report).toMatchObject({ ok: true, entries: 9 });
    expect((await second.lines()).map((line) => parseLine(line)?.entry.op).slice(-2)).toEqual([
      "audit.open",
      "mkdir",
    ]);
  });

  it("goes on behind a line that was torn, and says so in the chain", async () => {
    const { store, files, lines } = await filled();
    const whole = await files.readFile(PATH, "utf8");
    await files.writeFile(PATH, whole.slice(0, -30));
    expect(await problemsOf(store)).toEqual(["torn 7"]);
    const second = await logged({}, store);
    await second.vfs.mkdir("/d");
    await second.log.flush();
    const entries = (await lines()).map((line) => parseLine(line)?.entry);
    expect(entries.at(6)).toBeUndefined();
    expect(entries.at(7)).toMatchObject({ seq: 7, op: "audit.open", outcome: "torn" });
    expect(await problemsOf(store)).toEqual([]);
  });

  it("does not go on with what is no log, or that of another key", async () => {
    const { store, files } = await filled({ key: KEY });
    const other = await logged({ key: `${KEY}!` }, store);
    await other.vfs.mkdir("/d");
    await expect(other.log.flush()).rejects.toMatchObject({ code: "EIO" });
    await files.writeFile(PATH, "something else\n");
    const third = await logged({ key: KEY }, store);
    await third.vfs.mkdir("/d");
    await expect(third.log.flush()).rejects.toMatchObject({ code: "EIO" });
    expect(await files.readFile(PATH, "utf8")).toBe("something else\n");
    expect(() => audit({ provider: store, path: PATH }, { key: "short" })).toThrow(TypeError);
  });

  it("keeps what cannot be written for the next try, and refuses calls when no more can wait", async () => {
    const store = memory();
    let broken = true;
    const failing = new Proxy(store, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (broken && key === "append") throw new VfsError("EIO");
          return Reflect.apply(value, target, args) as unknown;
        };
      },
    });
    const { log, vfs } = await logged({ maxWaiting: 3 }, failing);
    for (let i = 0; i < 3; i++) await vfs.mkdir(`/d${i}`);
    await expect(log.flush()).rejects.toMatchObject({ code: "EIO" });
    await expect(vfs.mkdir("/d3")).rejects.toMatchObject({ code: "EIO", retryable: true });
    broken = false;
    await log.flush();
    await vfs.mkdir("/d3");
    await log.flush();
    expect(await verifyAudit(store, PATH)).toMatchObject({ ok: true, entries: 5 });
  });
});

describe("verifyAudit", () => {
  for (const key of [undefined, KEY]) {
    const options = { key };
    const what = key === undefined ? "without a key" : "with a key";

    it(`${what} › finds an entry that is removed, changed, moved, doubled or put in`, async () => {
      const { store, lines, put } = await filled(options);
      const good = await lines();
      const [first = "", ...rest] = good;
      const swapped = [...good.slice(0, 2), good[3] ?? "", good[2] ?? "", ...good.slice(4)];
      const tampered: [string, string[], string[]][] = [
        ["as it was", good, []],
        ["the first is gone", rest, ["removed 1"]],
        ["one in the middle is gone", good.filter((_, i) => i !== 3), ["removed 4"]],
        ["a path is changed", good.map((line) => line.replace('"/f2"', '"/f9"')), ["changed 4"]],
        [
          "an outcome is changed",
          good.map((line, i) => (i === 4 ? line.replace('"ok"', '"EIO"') : line)),
          ["changed 5"],
        ],
        ["two have changed places", swapped, ["reordered 4"]],
        ["one stands twice", [...good, good[3] ?? ""], ["reordered 8"]],
        [
          "a line is something else",
          good.map((line, i) => (i === 2 ? "nonsense" : line)),
          ["changed 3", "removed 4"],
        ],
        [
          "a member is added",
          good.map((line, i) => (i === 2 ? line.replace('"op"', '"x":1,"op"') : line)),
          ["changed 3", "removed 4"],
        ],
        ["something is put in front", ["{}", first, ...rest], ["changed 1"]],
      ];
      for (const [change, now, problems] of tampered) {
        await put(now);
        expect([change, await problemsOf(store, options)]).toEqual([change, problems]);
      }
    });

    it(`${what} › finds the end cut off by what is known of it, and only by that`, async () => {
      const { store, log, lines, put } = await filled(options);
      const head = await log.head();
      await put((await lines()).slice(0, -2));
      expect(await problemsOf(store, options)).toEqual([]);
      expect(await problemsOf(store, { ...options, head })).toEqual(["truncated 5"]);
    });
  }

  it("finds a single entry that was written anew, hash and all", async () => {
    const { store, lines, put } = await filled();
    const good = await lines();
    const forged = good.map((line, i) => {
      const entry = parseLine(line)?.entry;
      if (i !== 3 || entry === undefined) return line;
      const text = textOf({ ...entry, actor: "bob" });
      return lineOf(text, hasher(undefined)(text));
    });
    await put(forged);
    expect(await problemsOf(store)).toEqual(["changed 4"]);
  });

  it("finds a chain that was written anew by the key, or by the head from before", async () => {
    const forge = (all: readonly string[]): string[] => {
      const hash = hasher(undefined);
      let prev = "0".repeat(64);
      const forged: string[] = [];
      for (const line of all) {
        const entry = parseLine(line)?.entry;
        if (entry === undefined) throw new Error("no entry");
        const text = textOf({ ...entry, actor: "bob", prev });
        prev = hash(text);
        forged.push(lineOf(text, prev));
      }
      return forged;
    };
    const open = await filled();
    const head = await open.log.head();
    await open.put(forge(await open.lines()));
    expect(await problemsOf(open.store)).toEqual([]);
    expect(await problemsOf(open.store, { head })).toEqual(["truncated 7"]);
    const keyed = await filled({ key: KEY });
    await keyed.put(forge(await keyed.lines()));
    expect((await problemsOf(keyed.store, { key: KEY })).length).toBe(7);
  });

  it("makes the hashes that others make", async () => {
    const text = "Zürich ".repeat(30);
    const bytes = new TextEncoder().encode(text);
    const inHex = (made: ArrayBuffer): string => Buffer.from(made).toString("hex");
    expect(hasher(undefined)(text)).toBe(inHex(await crypto.subtle.digest("SHA-256", bytes)));
    for (const secret of [KEY, "x".repeat(64), "y".repeat(100)]) {
      const hmac = { name: "HMAC", hash: "SHA-256" };
      const raw = new TextEncoder().encode(secret);
      const imported = await crypto.subtle.importKey("raw", raw, hmac, false, ["sign"]);
      expect(hasher(secret)(text)).toBe(inHex(await crypto.subtle.sign("HMAC", imported, bytes)));
    }
  });

  it("finds any one byte that is another", async () => {
    const { store, files } = await filled();
    const good = await files.readFile(PATH);
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 2), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const bad = new Uint8Array(good);
        bad[at] = (bad[at] ?? 0) ^ by;
        await files.writeFile(PATH, bad);
        // A hash that is changed shows at the next entry; the last one's has none behind it but its own text.
        expect((await verifyAudit(store, PATH)).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it("tells when there is no log", async () => {
    await expect(verifyAudit(memory(), PATH)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
