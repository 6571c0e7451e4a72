import { describe, expect, it } from "vitest";
import { errorOf, guarded, refused } from "./helpers.ts";

describe("violations", () => {
  it("tell what was refused, to whom and by which rule, and no pattern", async () => {
    const told: unknown[] = [];
    const { vfs, policy } = await guarded(
      "testing",
      {
        deny: [{ name: "no keys", glob: "**/id_rsa*" }, "/vault/*.x"],
        onViolation: (violation) => told.push(violation),
      },
      { "/a": "a" },
    );
    const before = Date.now();
    const error = await errorOf(() => vfs.view({ actor: "ada" }).copyFile("/a", "/id_rsa.pub"));
    expect(error.message).toBe(
      `EACCES: permission denied, copyfile '/a' -> '/id_rsa.pub' (refused by rule "no keys")`,
    );
    const second = await errorOf(() => vfs.mkdir("/vault/b.x"));
    expect(second.message).toBe(`EACCES: permission denied, mkdir '/vault/b.x' (refused by rule "deny 2")`);
    expect(policy.violations()).toEqual(told);
    const [first] = policy.violations();
    expect(first).toEqual({
      operation: "copy",
      path: "/a",
      to: "/id_rsa.pub",
      reason: "policy",
      rule: "no keys",
      actor: "ada",
      timeMs: first?.timeMs,
    });
    expect(first?.timeMs).toBeGreaterThanOrEqual(before);
    policy.clearViolations();
    expect(policy.violations()).toEqual([]);
  });

  it("are kept up to a number, the last ones", async () => {
    const { vfs, policy } = await guarded("testing", { deny: ["/x"], maxViolations: 3 });
    for (let i = 0; i < 5; i++) await expect(vfs.mkdir(`/x/${i}`)).rejects.toMatchObject(refused("EACCES"));
    expect(policy.violations().map(({ path }) => path)).toEqual(["/x/2", "/x/3", "/x/4"]);
  });
});
