import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import { afterAll, describe, expect, it } from "vitest";
import { newBucket, reach } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { PART_BYTES, SMALL_LIMITS, SMALL_SIZES, UNIT } from "./small.ts";
import { s3 } from "../src/index.ts";
import { s3OfSizes } from "../src/s3.ts";

const server = await S3Server.start({ limits: SMALL_LIMITS });
afterAll(() => server.close());

/** Several programs on one bucket: nothing but the bucket tells them of one another. */
function programs(count: number, bucket: string = newBucket(server)): Vfs[] {
  return Array.from({ length: count }, () => createVfs(s3({ bucket, ...reach(server) })));
}

/** The same, for whom small files are large. */
function smallPrograms(count: number): Vfs[] {
  const options = { bucket: newBucket(server), ...reach(server), partBytes: PART_BYTES };
  return Array.from({ length: count }, () => createVfs(s3OfSizes(SMALL_SIZES, options)));
}

/** How many calls went well; the others must have failed with `code`. */
async function wins(calls: readonly Promise<unknown>[], code: string): Promise<number> {
  const done = await Promise.allSettled(calls);
  const failures = done.flatMap((one) =>
    one.status === "rejected" ? [one.reason as { code?: string }] : [],
  );
  expect(new Set(failures.map((reason) => reason.code))).toEqual(new Set(failures.length > 0 ? [code] : []));
  return done.filter(({ status }) => status === "fulfilled").length;
}

function first([one]: readonly Vfs[]): Vfs {
  if (one === undefined) throw new Error("there is no program");
  return one;
}

const closeAll = (all: readonly Vfs[]): Promise<unknown> => Promise.all(all.map((vfs) => vfs.close()));

describe("s3 › races", () => {
  it("wx › lets one of 24 programs create a file", async () => {
    const all = programs(24);
    for (let round = 0; round < 5; round++) {
      const writes = all.map((vfs, i) => vfs.writeFile(`/f${round}`, `${i}`, { flag: "wx" }));
      expect(await wins(writes, "EEXIST")).toBe(1);
    }
    const streams = all.map((vfs, i) => vfs.writeStream("/s", [`${i}`], { flag: "wx" }));
    expect(await wins(streams, "EEXIST")).toBe(1);
    const small = smallPrograms(8);
    const large = small.map((vfs, i) =>
      vfs.writeFile("/large", new Uint8Array(17 * UNIT).fill(i), { flag: "wx" }),
    );
    expect(await wins(large, "EEXIST")).toBe(1);
    await closeAll(small);
    expect(
      await wins(
        all.map((vfs) => vfs.mkdir("/d")),
        "EEXIST",
      ),
    ).toBe(1);
    expect(
      await wins(
        all.map((vfs, i) => vfs.symlink(`${i}`, "/l")),
        "EEXIST",
      ),
    ).toBe(1);
    await closeAll(all);
  });

  it("ifMatch › lets one of 24 programs replace a version, and one remove it", async () => {
    const all = programs(24);
    const one = first(all);
    await one.writeFile("/f", "first");
    const { etag: ifMatch } = await one.stat("/f");
    expect(
      await wins(
        all.map((vfs, i) => vfs.writeFile("/f", `${i}`, { ifMatch })),
        "ESTALE",
      ),
    ).toBe(1);
    const { etag } = await one.stat("/f");
    const removals = await Promise.allSettled(all.map((vfs) => vfs.rm("/f", { ifMatch: etag })));
    expect(removals.filter(({ status }) => status === "fulfilled").length).toBe(1);
    await closeAll(all);
  });

  it("appendFile › of 24 programs loses none", async () => {
    const all = programs(24);
    await Promise.all(all.map((vfs, i) => vfs.appendFile("/log", `line ${i}\n`)));
    await Promise.all(all.map((vfs, i) => vfs.appendFile("/log", `again ${i}\n`)));
    const lines = (await first(all).readFile("/log", "utf8")).trimEnd().split("\n");
    expect(lines.length).toBe(48);
    expect(new Set(lines).size).toBe(48);
    await closeAll(all);
  });

  it("appendFile › of 4 programs to a large file loses none", async () => {
    const all = smallPrograms(4);
    await first(all).writeFile("/log", new Uint8Array(9 * UNIT).fill(10));
    await Promise.all(all.map((vfs, i) => vfs.appendFile("/log", `line ${i}\n`)));
    const text = (await first(all).readFile("/log", "utf8")).trim();
    expect(text.split("\n").sort()).toEqual(["line 0", "line 1", "line 2", "line 3"]);
    await closeAll(all);
  });

  it("a handle › on a large file writes its pieces over the version that it has read, and over no other", async () => {
    const [one, other] = programs(2) as [Vfs, Vfs];
    await one.writeFile("/f", new Uint8Array(9 << 20));
    const handle = await one.open("/f", "r+");
    await handle.write("mine", 3);
    await other.writeFile("/f", "theirs");
    await expect(handle.sync()).rejects.toMatchObject({ code: "ESTALE" });
    await expect(handle.close()).rejects.toMatchObject({ code: "ESTALE" });
    expect(await one.readFile("/f", "utf8")).toBe("theirs");
    await closeAll([one, other]);
  });

  it("handles › of 4 programs on a large file let one write its pieces, and leave no upload", async () => {
    const bucket = newBucket(server);
    const all = programs(4, bucket);
    await first(all).writeFile("/f", new Uint8Array(14 << 20));
    const handles = await Promise.all(all.map((vfs) => vfs.open("/f", "r+")));
    await Promise.all(handles.map((handle, i) => handle.write(`${i}${i}`, 6 << 20)));
    expect(
      await wins(
        handles.map((handle) => handle.sync()),
        "ESTALE",
      ),
    ).toBe(1);
    await Promise.allSettled(handles.map((handle) => handle.close()));
    const text = await first(all).readFile("/f", { encoding: "utf8", start: 6 << 20, end: (6 << 20) + 2 });
    expect(text).toMatch(/^(\d)\1$/);
    expect(server.bucket(bucket).uploads.size).toBe(0);
    await closeAll(all);
  });

  it("rename › against overwrite loses neither content", async () => {
    const [mover, writer] = programs(2) as [Vfs, Vfs];
    for (let round = 0; round < 20; round++) {
      const [from, to] = [`/from${round}`, `/to${round}`];
      await mover.writeFile(from, "old");
      await Promise.all([mover.rename(from, to), writer.writeFile(from, "new")]);
      const moved = await mover.readFile(to, "utf8");
      const left = (await mover.exists(from)) ? await mover.readFile(from, "utf8") : undefined;
      // The write came first and was moved, or it came after and stands where it was written.
      expect([
        ["new", undefined],
        ["old", "new"],
      ]).toContainEqual([moved, left]);
    }
    await closeAll([mover, writer]);
  });

  it("rename › of one file by 8 programs gives it one new name", async () => {
    const all = programs(8);
    const one = first(all);
    await one.writeFile("/f", "content");
    await Promise.allSettled(all.map((vfs, i) => vfs.rename("/f", `/to${i}`)));
    const names = await one.readdir("/");
    expect(names).not.toContain("f");
    expect(names.length).toBeGreaterThanOrEqual(1);
    for (const name of names) expect(await one.readFile(`/${name}`, "utf8")).toBe("content");
    await closeAll(all);
  });

  it("rename › of a directory moves what others write into it meanwhile, or leaves it there", async () => {
    const [mover, writer] = programs(2) as [Vfs, Vfs];
    for (let i = 0; i < 40; i++) await mover.writeFile(`/d/${i}`, `${i}`);
    const written: string[] = [];
    const moving = mover.rename("/d", "/moved");
    for (let i = 0; i < 40; i++) {
      await writer.writeFile(`/d/${i}`, `new ${i}`);
      written.push(`${i}`);
    }
    await moving;
    for (const name of written) {
      const texts = await Promise.all(
        ["/d", "/moved"].map((folder) => mover.readFile(`${folder}/${name}`, "utf8").catch(() => "")),
      );
      expect(texts).toContain(`new ${name}`);
    }
    await closeAll([mover, writer]);
  });

  it("two programs see each other's writes at once", async () => {
    const [one, other] = programs(2) as [Vfs, Vfs];
    await one.mkdir("/d");
    await one.writeFile("/d/f", "first");
    expect(await other.readFile("/d/f", "utf8")).toBe("first");
    await other.writeFile("/d/f", "second");
    expect(await one.readFile("/d/f", "utf8")).toBe("second");
    expect((await one.stat("/d/f")).size).toBe(6);
    await one.writeFile("/d/f", "third");
    await one.appendFile("/d/f", "!");
    expect(await other.readFile("/d/f", "utf8")).toBe("third!");
    await other.unlink("/d/f");
    expect(await one.exists("/d/f")).toBe(false);
    expect(await one.readdir("/d")).toEqual([]);
    // What was a file is a directory now, and the other way round.
    await other.mkdir("/d/f");
    await expect(one.readFile("/d/f")).rejects.toMatchObject({ code: "EISDIR" });
    await one.rm("/d", { recursive: true });
    await other.writeFile("/d", "a file now");
    expect(await one.readFile("/d", "utf8")).toBe("a file now");
    await one.writeFile("/d", "and written");
    expect(await other.readFile("/d", "utf8")).toBe("and written");
    await one.unlink("/d");
    await other.symlink("target", "/d");
    await one.writeFile("/d", "through a link that is new");
    expect(await other.readFile("/target", "utf8")).toBe("through a link that is new");
    await closeAll([one, other]);
  });

  it("a handle writes over the version that it was opened on, and over no other", async () => {
    const [one, other] = programs(2) as [Vfs, Vfs];
    await one.writeFile("/f", "0123456789");
    const handle = await one.open("/f", "r+");
    await handle.write("ab", 0);
    await other.writeFile("/f", "replaced by another program");
    const failure = await handle.close().catch((reason: unknown) => reason);
    expect(isVfsError(failure, "ESTALE")).toBe(true);
    expect(await one.readFile("/f", "utf8")).toBe("replaced by another program");
    const appending = await one.open("/f", "a");
    await appending.write("!");
    await other.appendFile("/f", "?");
    await appending.close();
    expect(await other.readFile("/f", "utf8")).toBe("replaced by another program?!");
    await closeAll([one, other]);
  });
});
