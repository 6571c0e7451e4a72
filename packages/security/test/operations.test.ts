import { CONTEXT } from "@vfs/conformance";
import { Call, OPERATIONS, ROOT, type AnyCall, type OpName } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { Policy } from "../src/policy/policy.ts";
import { ViolationLog } from "../src/violations.ts";
import { NEEDS } from "../src/policy/needs.ts";

describe("operations", () => {
  it("are named one by one: what core gains must be thought about", () => {
    expect(Object.keys(NEEDS).sort()).toEqual(Object.keys(OPERATIONS).sort());
  });

  it("that change something need a class that changes something, and the others none", () => {
    const flags = {
      read: true,
      write: false,
      append: false,
      create: false,
      exclusive: false,
      truncate: false,
    };
    const changing = 4 | 8 | 16 | 32 | 64 | 128;
    for (const [op, { access, toAccess }] of Object.entries(OPERATIONS)) {
      const call = new Call(
        op as OpName,
        ROOT,
        toAccess === undefined ? undefined : ROOT,
        { flags },
        CONTEXT,
      );
      const needs = NEEDS[op as OpName];
      const { path, to } = typeof needs === "function" ? needs(call as never) : needs;
      expect([op, (path & changing) !== 0], "path").toEqual([op, access === "write"]);
      expect([op, (to & changing) !== 0], "to").toEqual([op, toAccess === "write"]);
    }
  });

  it("that are not known are refused, whatever is allowed", () => {
    const log = new ViolationLog(10, undefined);
    const layer = new Policy({ allow: ["/"], deny: [] }, false, log);
    for (const op of ["presign", "batch", "snapshot", "constructor", "__proto__", "toString"]) {
      const call = new Call(op as OpName, ROOT, undefined, {}, CONTEXT) as AnyCall;
      expect(() => layer.handle(call, () => "passed")).toThrow(
        expect.objectContaining({ code: "EACCES", reason: "policy" }),
      );
    }
    expect(log.list().map(({ operation, rule }) => [operation, rule])[0]).toEqual([
      "presign",
      "unknown operation",
    ]);
  });

  it("that reach a whole tree do not pass rules for what is in it", async () => {
    const layer = new Policy({ allow: ["/"], deny: ["/a/secret"] }, false, new ViolationLog(10, undefined));
    // As a caller would send them who does not ask where rules decide.
    for (const [op, args] of [
      ["find", {}],
      ["scan", { wholeBytes: 1, pageBytes: 1 }],
      ["list", { recursive: true }],
      ["remove", { kind: "directory", recursive: true }],
      ["changes", {}],
    ] as const) {
      const call = new Call(op, "/a" as never, undefined, args, CONTEXT) as AnyCall;
      expect(() => layer.handle(call, () => "passed"), op).toThrow(
        expect.objectContaining({ code: "EACCES" }),
      );
      const beside = new Call(op, "/b" as never, undefined, args, CONTEXT) as AnyCall;
      expect(
        layer.handle(beside, () => "passed" as never),
        op,
      ).toBe("passed");
    }
  });
});
