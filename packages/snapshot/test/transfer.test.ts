import assert from "node:assert/strict";
import { createVfs, isVfsError, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { packTar } from "modern-tar";
import { beforeEach, describe, expect, it } from "vitest";
import {
  snapshots,
  type ExportFormat,
  type ImportOptions,
  type ImportSource,
  type Snapshots,
} from "../src/index.ts";
import { picture } from "./picture.ts";

const FORMATS: readonly ExportFormat[] = ["json", "tar", "tar.gz"];

let vfs: Vfs;
let store: Provider;
let states: Snapshots;
beforeEach(async () => {
  vfs = createVfs(memory());
  store = memory();
  states = snapshots(vfs, { store });
  await vfs.mkdir("/a/empty", { recursive: true });
  await vfs.writeFile("/a/text", "héllo", { mode: 0o600, contentType: "text/plain", meta: { k: "ü" } });
  await vfs.writeFile("/a/bytes", new Uint8Array([0, 255, 1, 254]));
  await vfs.writeFile("/nothing", "");
  await vfs.writeFile(`/${"l".repeat(200)}-é`, "long name");
  await vfs.writeFile(
    "/large",
    new Uint8Array(2 << 20).map((_, at) => (at * 7919) >> 5),
  );
  await vfs.link("/a/text", "/also-text");
  await vfs.symlink("a/text", "/link");
  await vfs.symlink("/a", "/absolute");
  await vfs.utimes("/a/bytes", 1_234_567_890.123, 1_234_567_890.123);
});

async function exported(name: string, format: ExportFormat): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const bytes = new Response(readable).bytes();
  await states.export(name, writable, { format });
  return bytes;
}

/** What an archive comes to in a tree of its own. */
async function landed(source: ImportSource, options?: ImportOptions): Promise<Vfs> {
  const other = createVfs(memory());
  const there = snapshots(other, { store: memory() });
  const { name } = await there.import(source, options);
  await there.restore(name);
  return other;
}

describe("export", () => {
  for (const format of FORMATS)
    it(`writes a ${format} that comes back as the same tree`, async () => {
      await states.create("all", { description: "everything" });
      const bytes = await exported("all", format);
      const there = snapshots(createVfs(memory()), { store: memory() });
      const snapshot = await there.import(bytes, { trusted: true });
      expect(snapshot).toMatchObject({ name: "all", description: "everything", files: 6 });
      expect(await picture(await landed(bytes, { trusted: true }), "/", "")).toEqual(
        await picture(vfs, "/", ""),
      );
    });

  it("aborts the sink when something is lost", async () => {
    await states.create("all");
    const kept = createVfs(store, { keepOpen: true });
    await kept.rm("/objects", { recursive: true });
    for (const format of FORMATS) {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const read = new Response(readable as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
      read.catch(() => {});
      await expect(states.export("all", writable, { format })).rejects.toMatchObject({ code: "EIO" });
      await expect(read).rejects.toMatchObject({ code: "EIO" });
    }
  });
});

describe("import", () => {
  it("reads JSON of chuk-virtual-fs", async () => {
    const archive = {
      snapshot: {
        version: 1,
        timestamp: 1_700_000_000.5,
        directories: { "/": { name: "", parent: "" }, "/home/empty": { name: "empty", parent: "/home" } },
        files: {
          "/home/a.txt": { name: "a.txt", parent: "/home", content: "Hello" },
          "/home/b.bin": { name: "b.bin", parent: "/home", content: "AP8=", encoding: "base64" },
        },
      },
      metadata: { name: "initial_state", created: 1_700_000_000.5, description: "Initial" },
    };
    const there = await landed(JSON.stringify(archive));
    expect(await there.readFile("/home/a.txt", "utf8")).toBe("Hello");
    expect(await there.readFile("/home/b.bin")).toEqual(new Uint8Array([0, 255]));
    expect((await there.stat("/home/empty")).isDirectory()).toBe(true);
    expect((await there.stat("/home/a.txt")).mtimeMs).toBe(1_700_000_000_500);
    expect(await states.import(JSON.stringify(archive))).toMatchObject({
      name: "initial_state",
      description: "Initial",
    });
  });

  it("takes no owners and no set-user-ID from strangers", async () => {
    const tar = await packTar([
      { header: { name: "tool", size: 1, mode: 0o6755, uid: 7, gid: 8 }, body: "x" },
    ]);
    const there = await landed(tar);
    expect(await there.stat("/tool")).toMatchObject({ mode: 0o100755, uid: 0, gid: 0 });
    expect(await (await landed(tar, { trusted: true })).stat("/tool")).toMatchObject({
      mode: 0o106755,
      uid: 7,
      gid: 8,
    });
  });

  const file = (name: string, body = "x"): { header: { name: string; size: number }; body: string } => ({
    header: { name, size: body.length },
    body,
  });
  const link = (name: string, linkname: string, type: "symlink" | "link" = "symlink") => ({
    header: { name, linkname, type, size: 0 },
  });
  const HOSTILE = {
    "a path that leads up": [file("../out")],
    "a path that leads up later": [file("a/../../out")],
    "a link that leads up": [link("l", "../out")],
    "a link that leads up from below": [link("a/b/l", "../../../out")],
    "a link that goes up behind another": [link("a/l", ".."), link("m", "a/l/..")],
    "a file through a link": [link("l", "a"), file("l/f")],
    "a file through a file": [file("f"), file("f/g")],
    "a hard link to nothing": [link("l", "nowhere", "link")],
    "a hard link that leads out": [link("l", "../../etc/passwd", "link")],
    "a device": [{ header: { name: "dev", type: "character-device" as const, size: 0 } }],
    "a long name": [file("n".repeat(300))],
    "a directory where a file is": [
      file("a"),
      { header: { name: "a/", type: "directory" as const, size: 0 } },
    ],
  };
  for (const [what, entries] of Object.entries(HOSTILE))
    it(`refuses ${what}, and keeps nothing`, async () => {
      expect(await refusal(await packTar([file("good", "good"), ...entries]))).toContain("EINVAL");
    });

  it("refuses what leads out of a scope that is not everything", async () => {
    states = snapshots(vfs, { scope: "/a", store });
    expect(await refusal(await packTar([link("l", "/etc/passwd")]))).toContain("EINVAL");
  });

  it("refuses sizes that are too large before it reads them", async () => {
    const tar = await packTar([file("f")]);
    const lies = tar.slice(0, 512);
    lies.set(new TextEncoder().encode("77777777777\0"), 124);
    sign(lies);
    let asked = 0;
    async function* endless(): AsyncIterable<Uint8Array<ArrayBuffer>> {
      yield lies;
      for (;;) {
        asked++;
        yield new Uint8Array(1 << 16);
      }
    }
    expect(await refusal(endless())).toContain("maxBytes");
    expect(asked).toBeLessThan(20);
  });

  it("stops unpacking a bomb at the limit", async () => {
    let given = 0;
    const zeros = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        given += 1 << 20;
        controller.enqueue(new Uint8Array(1 << 20));
        if (given >= 256 << 20) controller.close();
      },
    });
    const bomb = await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).bytes();
    expect(bomb.length).toBeLessThan(300_000);
    expect(await refusal(bomb, { maxBytes: 1 << 20 })).toContain("EINVAL");
    const tar = await packTar([{ header: { name: "f", size: 8 << 20 }, body: new Uint8Array(8 << 20) }]);
    const packed = await new Response(
      new Blob([tar]).stream().pipeThrough(new CompressionStream("gzip")),
    ).bytes();
    expect(await refusal(packed, { maxBytes: 1 << 20 })).toContain("maxBytes");
    expect(
      await refusal(JSON.stringify({ snapshot: { files: { "/f": "x".repeat(2 << 20) } } }), {
        maxBytes: 1 << 20,
      }),
    ).toContain("maxBytes");
  });

  it("refuses too many entries, garbage, and what is cut off", async () => {
    expect(await refusal(await packTar([file("a"), file("b"), file("c")]), { maxEntries: 2 })).toContain(
      "maxEntries",
    );
    expect(await refusal("no archive at all")).toContain("EINVAL");
    expect(await refusal(new Uint8Array(0))).toContain("EINVAL");
    expect(await refusal("{}")).toContain("EINVAL");
    expect(await refusal('{"snapshot": {"files": {"/a": {"content": 5}}}}')).toContain("EINVAL");
    expect(
      await refusal('{"format":"vfs-snapshot","version":1,"entries":[{"path":"/x","type":"file"}]}'),
    ).toContain("EINVAL");
    expect(await refusal(new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3]))).toContain("EINVAL");
    const tar = await packTar([file("a", "content")]);
    expect(await refusal(tar.slice(0, 700))).toContain("EINVAL");
    tar[600] = 0;
    await states.import(tar, { name: "content is not checked by tar" });
    tar[10] = 77;
    expect(await refusal(tar)).toContain("EINVAL");
  });

  it("hands on what fails in the source", async () => {
    async function* failing(): AsyncIterable<Uint8Array> {
      yield new Uint8Array(10);
      throw new Error("the line is dead");
    }
    await expect(states.import(failing())).rejects.toThrow("the line is dead");
    await expect(states.import("{}", { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
  });

  /** Why an archive is refused. Nothing of it is kept then. */
  async function refusal(source: ImportSource, options?: ImportOptions): Promise<string> {
    const before = await states.usage();
    const failure = await states.import(source, options).catch((reason: unknown) => reason);
    assert(isVfsError(failure, "EINVAL"), `not refused as it should be: ${String(failure)}`);
    assert.deepEqual(await states.usage(), before);
    const kept = createVfs(store, { keepOpen: true });
    assert.equal((await kept.exists("/objects")) ? (await kept.du("/objects")).bytes : 0, before.bytes);
    return failure.message;
  }
});

/** Makes the checksum of a header right again. */
function sign(header: Uint8Array): void {
  header.fill(32, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
}
