import { describe, expect, it } from "vitest";
import { isFarAround } from "../src/confined/near-root.ts";

describe("local › mounts around a root", () => {
  const mounts = (...lines: readonly string[]): string =>
    ["27 1 254:0 / / rw,relatime - ext4 /dev/vda rw", ...lines, ""].join("\n");

  it("are near where none of them asks somebody", () => {
    expect(isFarAround("/srv/data", mounts())).toBe(false);
    expect(isFarAround("/srv/data", mounts("30 27 0:27 / /srv/data/tmp rw - tmpfs tmpfs rw"))).toBe(false);
    expect(isFarAround("/srv/data", mounts("30 27 0:27 / /srv/data2 rw - nfs4 host:/ rw"))).toBe(false);
    expect(isFarAround("/srv/data", mounts("30 27 0:27 / /srv/da rw shared:1 - fuse.x x rw"))).toBe(false);
  });

  it("are far when one below it, or on the way to it, may", () => {
    for (const line of [
      "30 27 0:27 / /srv/data/far rw,relatime shared:12 master:1 - nfs4 host:/ rw",
      "30 27 0:27 / /srv/data rw - fuse.sshfs host:/ rw",
      "30 27 0:27 / /srv rw - cifs //host/share rw",
      "30 27 0:27 / /srv/data/with\\040blank rw - 9p share rw",
      "30 27 0:27 / /srv/data/later rw - autofs systemd-1 rw",
    ])
      expect(isFarAround("/srv/data", mounts(line))).toBe(true);
    expect(isFarAround("/with blank", mounts("30 27 0:27 / /with\\040blank/far rw - nfs h:/ rw"))).toBe(true);
    expect(isFarAround("/", mounts("30 27 0:27 / /far rw - nfs h:/ rw"))).toBe(true);
    expect(isFarAround("/srv", "27 1 0:2 / / rw - nfs4 host:/ rw\n")).toBe(true);
  });
});
