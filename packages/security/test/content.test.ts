import { createVfs } from "@vfs/core";
import { delayed } from "@vfs/conformance";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { secure, type RuleLike } from "../src/index.ts";
import { sniff } from "../src/content-kind.ts";

const ELF = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0);
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0);
const NO_PROGRAMS: RuleLike = { name: "no programs", path: "/up", content: ["executable"] };
const REFUSED = { code: "EACCES", reason: "policy", hint: 'refused by rule "no programs"' };

for (const [place, make] of [
  ["at once", memory],
  ["behind delays", () => delayed(memory(), 7)],
] as const) {
  const guarded = async (deny: readonly RuleLike[]) => {
    const store = make();
    const inner = createVfs(store, { keepOpen: true });
    await inner.mkdir("/up/d", { recursive: true });
    await inner.writeFile("/elf", ELF);
    await inner.mkdir("/tree/in", { recursive: true });
    await inner.writeFile("/tree/in/elf", ELF);
    return { inner, vfs: createVfs(store, { layers: [secure("testing", { deny })] }) };
  };
  describe(`content › ${place}`, () => {
    it("is looked at on every way by which it comes", async () => {
      const { vfs, inner } = await guarded([NO_PROGRAMS]);
      await expect(vfs.writeFile("/up/f", ELF)).rejects.toMatchObject(REFUSED);
      await expect(vfs.writeFile("/up/f", ELF, { flag: "wx" })).rejects.toMatchObject(REFUSED);
      await expect(vfs.writeFile("/up/f", "#!/bin/sh\n")).rejects.toMatchObject(REFUSED);
      await expect(vfs.appendFile("/up/f", ELF)).rejects.toMatchObject(REFUSED);
      await expect(vfs.copyFile("/elf", "/up/f")).rejects.toMatchObject(REFUSED);
      await expect(vfs.rename("/elf", "/up/f")).rejects.toMatchObject(REFUSED);
      await expect(vfs.link("/elf", "/up/f")).rejects.toMatchObject(REFUSED);
      await expect(vfs.cp("/tree", "/up/t", { recursive: true })).rejects.toMatchObject(REFUSED);
      await expect(vfs.rename("/tree", "/up/d")).rejects.toMatchObject(REFUSED);
      expect(await inner.exists("/up/f")).toBe(false);
      await vfs.writeFile("/up/f", "fine");
      await vfs.writeFile("/up/empty", "");
      await vfs.writeFile("/f", ELF);
      expect(await inner.readFile("/up/f", "utf8")).toBe("fine");
    });

    it("of a stream is looked at before any of it is there, however it is cut", async () => {
      const { vfs, inner } = await guarded([NO_PROGRAMS]);
      await inner.writeFile("/up/f", "old");
      const bytes = Array.from(ELF, (byte) => Uint8Array.of(byte));
      await expect(vfs.writeStream("/up/f", bytes)).rejects.toMatchObject(REFUSED);
      await expect(
        vfs.writeStream(
          "/up/f",
          (async function* () {
            yield* bytes;
          })(),
        ),
      ).rejects.toMatchObject(REFUSED);
      expect(await inner.readFile("/up/f", "utf8")).toBe("old");
      const long = new Uint8Array(100_000).fill(65);
      await vfs.writeStream("/up/f", [long.subarray(0, 3), long.subarray(3)]);
      expect(await inner.readFile("/up/f")).toEqual(long);
      await vfs.writeStream("/up/f", []);
      expect((await inner.stat("/up/f")).size).toBe(0);
    });

    it("that is put together byte by byte is looked at as a whole", async () => {
      const { vfs, inner } = await guarded([NO_PROGRAMS]);
      for (const flags of ["w", "w+"] as const) {
        const handle = await vfs.open("/up/f", flags);
        await handle.write(ELF.subarray(1), 0, 3, 1);
        await expect(handle.write(ELF, 0, 1, 0)).rejects.toMatchObject(REFUSED);
        await handle.write("late", 600);
        await handle.close();
      }
      await vfs.writeFile("/up/g", ELF.subarray(0, 2));
      await expect(vfs.appendFile("/up/g", ELF.subarray(2))).rejects.toMatchObject(REFUSED);
      const appending = await vfs.open("/up/g", "a");
      await expect(appending.write(ELF.subarray(2))).rejects.toMatchObject(REFUSED);
      await appending.close();
      expect((await inner.readFile("/up/f")).subarray(0, 4)).toEqual(Uint8Array.of(0, 0x45, 0x4c, 0x46));
    });

    it("may be kept to some kinds, and what is empty is no kind", async () => {
      const { vfs } = await guarded([{ name: "no programs", path: "/up", contentOtherThan: ["image"] }]);
      await vfs.writeFile("/up/p.png", PNG);
      await vfs.writeFile("/up/empty", "");
      await expect(vfs.writeFile("/up/t.png", "text")).rejects.toMatchObject(REFUSED);
    });

    it("is kept back from readers where the rule says read", async () => {
      const { vfs } = await guarded([{ name: "no programs", content: ["elf"], operations: ["read"] }]);
      await vfs.writeFile("/g", "fine");
      await expect(vfs.readFile("/elf")).rejects.toMatchObject(REFUSED);
      await expect(vfs.readFile("/elf", { start: 4, end: 6 })).rejects.toMatchObject(REFUSED);
      await expect(vfs.open("/elf")).rejects.toMatchObject(REFUSED);
      await expect(vfs.copyFile("/elf", "/copy")).rejects.toMatchObject(REFUSED);
      await expect(vfs.rename("/elf", "/copy")).rejects.toMatchObject(REFUSED);
      await expect(
        (async () => {
          for await (const chunk of vfs.readStream("/elf")) void chunk;
        })(),
      ).rejects.toMatchObject(REFUSED);
      expect(await vfs.readFile("/g", "utf8")).toBe("fine");
      const found: string[] = [];
      for await (const { path } of vfs.grep("/", /ELF|fine/, { binary: "search" })) found.push(path);
      expect(found).toEqual(["/g"]);
    });
  });
}

describe("sniff", () => {
  it("knows kinds by their first bytes", () => {
    const latin = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
    const tar = new Uint8Array(512).fill(0);
    tar.set(latin("ustar"), 257);
    const kinds: [string, Uint8Array][] = [
      ["elf", ELF],
      ["png", PNG],
      ["pe", latin("MZ\x90\0")],
      ["java-class", Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61)],
      ["mach-o", Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2)],
      ["mach-o", Uint8Array.of(0xcf, 0xfa, 0xed, 0xfe, 12)],
      ["script", latin("\xef\xbb\xbf#!/bin/sh")],
      ["tar", tar],
      ["gzip", latin("\x1f\x8b\x08")],
      ["text", new TextEncoder().encode("Zürich\n")],
      ["binary", Uint8Array.of(1, 2, 3)],
    ];
    for (const [kind, head] of kinds) expect(sniff(head)).toBe(kind);
  });
});
