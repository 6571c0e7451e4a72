import { CONTEXT, CASES, conform, delayed } from "@vfs/conformance";
import {
  Call,
  capabilities,
  createVfs,
  isVfsError,
  mutates,
  OPERATIONS,
  ROOT,
  type AnyCall,
  type Next,
  type OpName,
  type VPath,
} from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { readOnly } from "../src/index.ts";
import { codeOf } from "./outcomes.ts";

/** What a store that cannot be written is tried with. */
const RUN = new Set([
  "caps › are frozen data that never changes",
  "caps › of a store that cannot be written: everything that would change it is EROFS",
  "names › one byte too many is ENAMETOOLONG",
  "names › what has no UTF-8 form is refused",
  "names › a provider answers for its root",
  "readFile › gives a file as it is, whatever it is over",
  "stat › of nothing fails as Node's does, or answers undefined",
  "statfs › tells of room, whole and free",
  "layers › stand in the order of their slots",
  "watch › of nothing is ENOENT",
  "watch › is not there for who cannot wait",
]);

const left = readOnly().caps?.(memory().caps) ?? capabilities({});
const without = CASES.map(({ name }) => name).filter((name) => !RUN.has(name));

describe("readOnly › conformance", () => {
  const skips = { "nothing can be written that would be read": without };
  const layers = () => [readOnly()];
  for (const place of ["root", "mount"] as const) {
    conform(it, { make: memory, caps: left, layers, place, skips });
    const late = () => delayed(memory(), 1);
    conform(it, { make: late, caps: { ...left, sync: late().caps.sync }, layers, place, skips });
  }
});

describe("readOnly", () => {
  const passed: Next = () => "passed";
  const flags = { read: true, write: false, append: false, create: false, exclusive: false, truncate: false };
  const outcome = (op: string, args: object = { flags }): unknown => {
    const call = new Call(op as OpName, "/f" as VPath, "/g" as VPath, args, CONTEXT) as AnyCall;
    try {
      return readOnly().handle(call, passed);
    } catch (reason) {
      return isVfsError(reason) ? reason.code : reason;
    }
  };

  it("lets each operation pass that only looks, and no other", () => {
    for (const [op, { access, toAccess }] of Object.entries(OPERATIONS)) {
      const looks = access !== "write" && toAccess === undefined;
      expect(outcome(op), op).toBe(looks ? "passed" : "EROFS");
    }
    for (const flag of ["write", "create", "truncate"])
      expect(outcome("open", { flags: { ...flags, [flag]: true } }), `open with ${flag}`).toBe("EROFS");
  });

  it("refuses an operation that does not exist yet", () => {
    expect(outcome("defragment", {})).toBe("EROFS");
    expect(Object.keys(OPERATIONS)).not.toContain("defragment");
  });

  it("holds at the root and in a mount, for streams, handles, batches and mounts", async () => {
    const store = memory();
    const inner = createVfs(store);
    await inner.writeFile("/f", "x");
    const root = createVfs(store, { layers: [readOnly()], keepOpen: true });
    const whole = createVfs(memory());
    await whole.mount("/m", store, { layers: [readOnly()], keepOpen: true });
    for (const vfs of [root, whole.view({ root: "/m" })]) {
      expect(await codeOf(() => vfs.writeStream("/g", ["x"]))).toBe("EROFS");
      expect(await codeOf(() => vfs.open("/f", "r+"))).toBe("EROFS");
      expect(await codeOf(() => vfs.cp("/f", "/g"))).toBe("EROFS");
      expect(await codeOf(() => vfs.rm("/f"))).toBe("EROFS");
      expect(await codeOf(() => vfs.chmod("/f", 0o777))).toBe("EROFS");
      const [item] = await vfs.batch([{ op: "writeFile", path: "/f", data: "y" }]);
      expect(item).toMatchObject({ ok: false, error: { code: "EROFS" } });
      const handle = await vfs.open("/f");
      expect(await handle.readFile("utf8")).toBe("x");
      await handle.close();
    }
    expect(await codeOf(() => root.mount("/n", memory()))).toBe("EROFS");
    expect(await inner.readdir("/")).toEqual(["f"]);
    expect(mutates(new Call("write", ROOT, undefined, { data: new Uint8Array() }, CONTEXT) as Call)).toBe(
      true,
    );
  });
});
