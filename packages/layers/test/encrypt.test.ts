import { casesFor, conform, delayed, part, runCase, type It, type Place } from "@vfs/conformance";
import type { Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { encrypt, type EncryptOptions } from "../src/index.ts";
import { ENCRYPT_SKIPS, LONG_NAMES, LOOKING_BESIDE, LOOKING_BESIDE_FOR_NAMES } from "./encrypt-skips.ts";
import { layered } from "./layered.ts";

const key = new Uint8Array(32).fill(7);

function behind(
  what: string,
  place: Place,
  make: () => Provider,
  options: EncryptOptions,
  register: It = it,
): void {
  const layer = encrypt({ key, ...options });
  const through = (): Provider => layered(make(), layer);
  describe(`encrypt › conformance › ${what}, ${place}`, () => {
    conform(register, { make: through, caps: through().caps, place, skips: ENCRYPT_SKIPS });
  });
}

behind("chunks of 64 KiB", "root", memory, {});
behind("chunks of 64 KiB", "mount", memory, {}, part(it, 0));
behind("chunks of 64 KiB", "layer", memory, {}, part(it, 1));
behind("chunks of 3,000 bytes", "root", memory, { chunkBytes: 3000 }, part(it, 2));
for (const seed of [0, 1, 2])
  behind(`random delays ${seed}`, "root", () => delayed(memory(), seed), {}, part(it, seed));

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
      part(it, names ? 0 : 1)(`${one.name}${names ? ", with names" : ""}`, () => runCase(one, options));
  }
});
