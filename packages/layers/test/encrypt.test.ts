import { casesFor, conform, delayed, runCase, type Place } from "@vfs/conformance";
import type { Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { encrypt, type EncryptOptions } from "../src/index.ts";
import { ENCRYPT_SKIPS, LONG_NAMES, LOOKING_BESIDE, LOOKING_BESIDE_FOR_NAMES } from "./encrypt-skips.ts";
import { layered } from "./layered.ts";

const key = new Uint8Array(32).fill(7);

function behind(what: string, place: Place, make: () => Provider, options: EncryptOptions): void {
  const layer = encrypt({ key, ...options });
  const through = (): Provider => layered(make(), layer);
  describe(`encrypt › conformance › ${what}, ${place}`, () => {
    conform(it, { make: through, caps: through().caps, place, skips: ENCRYPT_SKIPS });
  });
}

for (const place of ["root", "mount", "layer"] as const) behind("chunks of 64 KiB", place, memory, {});
behind("chunks of 3,000 bytes", "root", memory, { chunkBytes: 3000 });
for (const seed of [1, 2]) behind(`random delays ${seed}`, "root", () => delayed(memory(), seed), {});

describe("encrypt › conformance › names too, as a store", () => {
  const layer = encrypt({ key, names: true });
  const make = (): Provider => layered(memory(), layer);
  const { caps } = make();
  for (const one of casesFor(caps).filter(({ name }) => !LONG_NAMES.includes(name)))
    it(`kit: ${one.name}`, async () => {
      await expect(runCase(one, { make, caps })).resolves.toBeUndefined();
    });
});

describe("encrypt › conformance › as a layer of a mount", () => {
  for (const names of [false, true]) {
    const layer = encrypt({ key, names });
    const caps = layer.caps?.(memory().caps) ?? memory().caps;
    const without = new Set(names ? [...LOOKING_BESIDE_FOR_NAMES, ...LONG_NAMES] : LOOKING_BESIDE);
    const options = { make: memory, caps, layers: [layer], place: "mount" } as const;
    for (const one of casesFor(caps).filter(({ name }) => !without.has(name)))
      it(`${one.name}${names ? ", with names" : ""}`, async () => {
        await expect(runCase(one, options)).resolves.toBeUndefined();
      });
  }
});
