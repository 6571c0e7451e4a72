import { createVfs, VfsError, type Layer, type LayerSite } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { composed } from "../src/composed.ts";
import { Policy } from "../src/policy/policy.ts";
import { ViolationLog } from "../src/violations.ts";

/** A policy without a quota. */
function policy(...deny: string[]): Layer {
  const rules = new Policy({ allow: ["/"], deny }, false, new ViolationLog(10, undefined));
  return {
    name: "policy",
    slot: "policy",
    checksMoves: true,
    attach: (standing) => rules.attach(standing),
    decidesBelow: (path) => rules.decidesBelow(path),
    handle: (call, next) => rules.handle(call, next),
  };
}

/** Counts what comes to it, and refuses what is called "big". */
function counter(calls: string[], standings: LayerSite[]): Layer {
  return {
    name: "counter",
    slot: "quota",
    attach: (standing) => standings.push(standing),
    caps: (caps) => ({ ...caps, limits: { fileBytes: 9 } }),
    handle: (call, next) => {
      calls.push(`${call.op} ${call.path}`);
      if (call.path.endsWith("big")) throw new VfsError("EDQUOT", { reason: "quota" });
      return next(call);
    },
    close: () => void calls.push("closed"),
  };
}

describe("composed", () => {
  it("is one layer: what the outer one lets through comes to the inner one", async () => {
    const calls: string[] = [];
    const standings: LayerSite[] = [];
    const layer = composed(policy("/no", "**/hidden"), counter(calls, standings));
    const vfs = createVfs(memory(), { layers: [layer] });
    await vfs.writeFile("/a", "x");
    await expect(vfs.writeFile("/no", "x")).rejects.toMatchObject({ code: "EACCES" });
    await expect(vfs.writeFile("/big", "x")).rejects.toMatchObject({ code: "EDQUOT" });
    // What the policy looks at itself comes to it as well.
    await vfs.mkdir("/d");
    await vfs.rename("/d", "/e");
    expect(calls).toEqual([
      "write /a",
      "write /big",
      "mkdir /d",
      "stat /",
      "stat /",
      "stat /d",
      "list /d",
      "rename /d",
    ]);
    expect(vfs.capabilities("/").limits.fileBytes).toBe(9);
    expect(standings.map((standing) => standing.mounts().map(({ path }) => path))).toEqual([["/"]]);
    await vfs.close();
    expect(calls.at(-1)).toBe("closed");
  });

  it("lets no directory be moved that the inner one decides about and does not look into", async () => {
    const inner: Layer = { ...counter([], []), decidesBelow: () => true };
    const outer = policy();
    expect(composed(outer, inner).checksMoves).toBeUndefined();
    expect(composed(outer, { ...inner, checksMoves: true }).checksMoves).toBe(true);
    await using vfs = createVfs(memory(), { layers: [composed(outer, inner)] });
    await vfs.mkdir("/d");
    await expect(vfs.rename("/d", "/e")).rejects.toMatchObject({ code: "EACCES", reason: "policy" });
  });
});
