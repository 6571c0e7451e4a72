import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Mount } from "../src/mount.ts";
import { MountTable } from "../src/mount-table.ts";
import { isBelow, isWithin, ROOT, type VPath } from "../src/path.ts";

const mount = (path: string): Mount => ({ path: path as VPath }) as Mount;

describe("MountTable", () => {
  it("finds the longest mount path that a path lies within, for few mounts and for many", () => {
    const path = fc
      .array(fc.constantFrom("a", "b", "ab", "c"), { maxLength: 4 })
      .map((names) => `/${names.join("/")}` as VPath);
    fc.assert(
      fc.property(
        fc.uniqueArray(path, { maxLength: 30 }),
        fc.array(path, { maxLength: 10 }),
        (mounted, asked) => {
          const table = new MountTable(mount("/"));
          const places = mounted.filter((at) => at !== ROOT);
          for (const at of places) table.add(mount(at));
          for (const one of asked) {
            const [longest] = [ROOT, ...places]
              .filter((at) => isWithin(one, at))
              .sort((a, b) => b.length - a.length);
            expect(table.find(one).path).toBe(longest);
            expect(table.leadsToMount(one)).toBe(places.some((at) => isBelow(at, one)));
            expect(
              table
                .below(one)
                .map(({ path: at }) => at)
                .sort(),
            ).toEqual(places.filter((at) => isBelow(at, one)).sort());
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("knows the names that lead to mount points", () => {
    const table = new MountTable(mount("/"));
    const inner = mount("/a/b/c");
    table.add(inner);
    table.add(mount("/a/d"));
    expect([...(table.namesIn("/a" as VPath) ?? [])].sort()).toEqual(["b", "d"]);
    table.remove(inner);
    expect([...(table.namesIn("/a" as VPath) ?? [])]).toEqual(["d"]);
    expect(() => table.add(mount("/a/d"))).toThrow(expect.objectContaining({ code: "EBUSY" }));
  });
});
