import { constants } from "node:os";
import { describe, expect, it } from "vitest";
import { ERRNO } from "../src/errno.ts";
import { isVfsError, locate, VfsError } from "../src/error.ts";

describe("VfsError", () => {
  it("has the numbers of Linux", () => {
    if (process.platform !== "linux") return;
    for (const [code, { errno }] of Object.entries(ERRNO))
      expect(errno, code).toBe(-(Object.entries(constants.errno).find(([name]) => name === code)?.[1] ?? 0));
  });

  it("reads like an error of node:fs", () => {
    const error = new VfsError("ENOENT", { syscall: "rename", path: "/a", dest: "/b" });
    expect(error.message).toBe("ENOENT: no such file or directory, rename '/a' -> '/b'");
    expect(error).toMatchObject({
      name: "VfsError",
      code: "ENOENT",
      errno: -2,
      syscall: "rename",
      path: "/a",
      dest: "/b",
    });
    expect(Object.keys(error)).toEqual(["code", "errno", "syscall", "path", "dest", "retryable"]);
  });

  it("keeps its cause and says whether to try again", () => {
    const cause = new Error("503");
    expect(new VfsError("EIO", { reason: "transient", cause })).toMatchObject({ retryable: true, cause });
    expect(new VfsError("EIO", { reason: "transient", retryable: false }).retryable).toBe(false);
    expect(new VfsError("EIO")).not.toHaveProperty("cause");
    const asked = Object.freeze(new VfsError("EAGAIN", { retryAfterMs: 1500 }));
    expect(locate(asked, "open", "/f")).toMatchObject({ path: "/f", retryAfterMs: 1500 });
    expect(new VfsError("EIO")).not.toHaveProperty("retryAfterMs");
  });

  it("is told from others by its brand, not by its class", () => {
    class OtherCopy extends Error {
      readonly "~vfs" = true;
      readonly code = "EACCES";
    }
    expect([
      isVfsError(new OtherCopy()),
      isVfsError(new OtherCopy(), "EACCES"),
      isVfsError(new OtherCopy(), "ENOENT"),
    ]).toEqual([true, true, false]);
    for (const value of [undefined, null, "ENOENT", new Error("x"), { code: "ENOENT" }])
      expect(isVfsError(value)).toBe(false);
  });

  it("is located once, in its message and in its stack", () => {
    const error = new VfsError("EISDIR", { hint: "use rm" });
    locate(error, "unlink", "/d");
    locate(error, "open", "/other");
    expect(error).toMatchObject({
      syscall: "unlink",
      path: "/d",
      message: "EISDIR: illegal operation on a directory, unlink '/d' (use rm)",
    });
    expect(error.stack).toContain("unlink '/d'");
    const foreign = new Error("x");
    expect(locate(foreign, "open", "/f")).toBe(foreign);
  });
});
