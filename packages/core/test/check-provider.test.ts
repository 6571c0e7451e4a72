import { describe, expect, it } from "vitest";
import { capabilities, createVfs, type Capabilities, type Provider } from "../src/index.ts";

const nothing = (): never => {
  throw new Error("not called");
};

function provider(
  caps: Partial<Capabilities>,
  methods: Partial<Record<keyof Provider, unknown>> = {},
): Provider {
  return {
    name: "test",
    caps: capabilities(caps),
    stat: nothing,
    read: nothing,
    list: nothing,
    ...methods,
  } as Provider;
}

const WRITING = { write: nothing, mkdir: nothing, remove: nothing };

describe("createVfs › a provider whose caps and methods disagree", () => {
  it("is refused, with the method and the ability named", () => {
    const cases: [Provider, string][] = [
      [provider({ write: true }), "declares write in its caps but has no write()"],
      [provider({ write: true, rename: "tree" }, WRITING), "declares rename in its caps but has no rename()"],
      [
        provider({ write: true }, { ...WRITING, append: nothing }),
        "has append() but its caps do not declare append",
      ],
      [provider({ symlinks: true }), "declares symlinks in its caps but has no symlink()"],
      [provider({ times: "all" }), "declares modes, owners, times or meta in its caps but has no setStat()"],
      [provider({}, { open: nothing }), "has open() but its caps do not declare open"],
      [
        provider({ write: true, open: true }, { ...WRITING, open: nothing }),
        "declares open, which needs rename",
      ],
      [provider({ ifMatch: true }), "declares ifMatch, which needs etag"],
      [provider({ append: true }, { append: nothing }), "declares append, which needs write"],
      [provider({}, { list: undefined }), "has no list()"],
    ];
    for (const [wrong, message] of cases)
      expect(() => createVfs(wrong)).toThrow(`provider "test" ${message}`);
    expect(() => createVfs({} as Provider)).toThrow("a provider needs a name and caps");
  });

  it("is taken when they agree", () => {
    expect(createVfs(provider({})).mounts()).toEqual([
      { path: "/", provider: "test", readOnly: true, layers: [], openFiles: 0 },
    ]);
    expect(createVfs(provider({ write: true }, WRITING)).capabilities("/").write).toBe(true);
  });
});
