import { describe, expect, it } from "vitest";
import { bytes } from "./bytes.ts";
import { both, CHUNK, HEADER, STORED } from "./encrypted.ts";

describe("encrypt", () => {
  describe("finds out when somebody without the key", () => {
    const data = bytes(3 * CHUNK + 10, 2);
    const attacks: Record<string, (stored: Uint8Array, other: Uint8Array) => Uint8Array | undefined> = {
      "changed a byte of the header": (stored) => stored.with(12, (stored[12] ?? 0) ^ 1),
      "changed a byte of a nonce": (stored) => stored.with(HEADER + 3, (stored[HEADER + 3] ?? 0) ^ 1),
      "changed a byte of a chunk": (stored) =>
        stored.with(HEADER + STORED + 50, (stored[HEADER + STORED + 50] ?? 0) ^ 1),
      "changed the last byte": (stored) => stored.with(stored.length - 1, (stored.at(-1) ?? 0) ^ 1),
      "swapped two chunks": (stored) => {
        const swapped = stored.slice();
        swapped.set(stored.subarray(HEADER, HEADER + STORED), HEADER + STORED);
        swapped.set(stored.subarray(HEADER + STORED, HEADER + 2 * STORED), HEADER);
        return swapped;
      },
      "repeated a chunk": (stored) => {
        const again = stored.slice();
        again.set(stored.subarray(HEADER, HEADER + STORED), HEADER + STORED);
        return again;
      },
      "put a chunk of another file": (stored, other) => {
        const mixed = stored.slice();
        mixed.set(other.subarray(HEADER, HEADER + STORED), HEADER);
        return mixed;
      },
      "put the header of another file": (stored, other) => {
        const mixed = stored.slice();
        mixed.set(other.subarray(0, HEADER));
        return mixed;
      },
      "cut it at the end of a chunk": (stored) => stored.subarray(0, HEADER + 2 * STORED),
      "cut it in a chunk": (stored) => stored.subarray(0, HEADER + 2 * STORED + 100),
      "cut it to its header": (stored) => stored.subarray(0, HEADER),
      "cut it to nothing": () => new Uint8Array(0),
      "added a chunk": (stored, other) => new Uint8Array([...stored, ...other.subarray(HEADER)]),
      "taken out the first chunk": (stored) =>
        new Uint8Array([...stored.subarray(0, HEADER), ...stored.subarray(HEADER + STORED)]),
      "put plain content in its place": () => new TextEncoder().encode("plain"),
    };
    for (const [what, attack] of Object.entries(attacks))
      it(`has ${what}`, async () => {
        const { vfs, raw } = await both();
        await vfs.writeFile("/f", data);
        await vfs.writeFile("/other", bytes(2 * CHUNK, 3));
        expect(await vfs.readFile("/f")).toEqual(data);
        const stored = attack(await raw.readFile("/f"), await raw.readFile("/other"));
        await raw.writeFile("/f", stored ?? "");
        await expect(vfs.readFile("/f")).rejects.toMatchObject({ code: "EIO" });
        const streamed = async (): Promise<void> => {
          for await (const chunk of vfs.readStream("/f")) void chunk;
        };
        await expect(streamed()).rejects.toMatchObject({ code: "EIO" });
        const handle = await vfs.open("/f");
        await expect(handle.readFile()).rejects.toMatchObject({ code: "EIO" });
        await handle.close();
      });

    it("does not find out, as it says, when a whole file is put back or in the place of another", async () => {
      const { vfs, raw } = await both();
      await vfs.writeFile("/f", "old");
      const old = await raw.readFile("/f");
      await vfs.writeFile("/f", "new");
      await raw.writeFile("/f", old);
      expect(await vfs.readFile("/f", "utf8")).toBe("old");
    });
  });
});
