import { CONTEXT } from "@vfs/conformance";
import { capabilities, createVfs, type Layer, type Provider, type Vfs, type VPath } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { permissions } from "../src/index.ts";
import { counted, type Counted } from "./counted.ts";
import { tryLayer } from "./kit.ts";
import { lacking } from "./lacking.ts";
import { all, codeOf } from "./outcomes.ts";

const unguarded = (): Provider => lacking({ permissions: false });

tryLayer("permissions", {
  layers: () => [permissions()],
  make: unguarded,
  caps: (inner) => capabilities({ ...inner, permissions: true }),
});

const ADA = { uid: 1000, gid: 1000, groups: [50] };
const BOB = { uid: 1001, gid: 1001 };

/** A tree with a part of ada's that nobody else may read, over a store that checks nothing. */
async function guarded(...above: Layer[]): Promise<{ vfs: Vfs; ada: Vfs; bob: Vfs; watched: Counted }> {
  const watched = counted(unguarded());
  const vfs = createVfs(watched.store, { layers: [...above, permissions()] });
  await vfs.mkdir("/home/closed/deep", { recursive: true });
  await vfs.writeFile("/home/closed/secret", "secret");
  await vfs.writeFile("/home/open", "open");
  await vfs.mkdir("/shared");
  await vfs.chmod("/shared", 0o777);
  for (const path of ["/home", "/home/closed", "/home/closed/secret", "/home/open"])
    await vfs.chown(path, 1000, 1000);
  await vfs.chmod("/home/closed", 0o700);
  return { vfs, ada: vfs.view({ identity: ADA }), bob: vfs.view({ identity: BOB }), watched };
}

describe("permissions", () => {
  it("is honest: only where modes and owners are kept can they be checked", async () => {
    const vfs = createVfs(lacking({ permissions: false, owners: false }), { layers: [permissions()] });
    expect(vfs.capabilities("/").permissions).toBe(false);
    const moves = createVfs(lacking({ permissions: false, rename: "file" }), { layers: [permissions()] });
    expect(moves.capabilities("/").permissions, "a tree that is copied would be root's").toBe(false);
    expect(createVfs(unguarded(), { layers: [permissions()] }).capabilities("/").permissions).toBe(true);
    const mounted = createVfs(memory());
    await mounted.mount("/m", lacking({ permissions: false, modes: false, owners: false }), {
      layers: [permissions()],
    });
    const ada = mounted.view({ identity: ADA });
    expect(await codeOf(() => ada.readdir("/m"))).toBe("ENOTSUP");
  });

  it("works where core puts together what the store cannot do", async () => {
    const make = (): Provider =>
      lacking(
        {
          permissions: false,
          append: false,
          truncate: false,
          copy: "none",
          open: false,
          links: false,
          inodes: false,
          readStream: false,
          writeStream: false,
        },
        ...(["append", "truncate", "copy", "open", "link", "readStream", "writeStream"] as const),
      );
    const vfs = createVfs(make(), { layers: [permissions()] });
    await vfs.mkdir("/shared");
    await vfs.chmod("/shared", 0o777);
    const [ada, bob] = [vfs.view({ identity: ADA }), vfs.view({ identity: BOB })];
    await ada.writeFile("/shared/f", "ada's", { mode: 0o600 });
    await ada.appendFile("/shared/f", "!");
    const handle = await ada.open("/shared/h", "w", 0o640);
    await handle.write("handle");
    await handle.close();
    expect(await vfs.stat("/shared/h")).toMatchObject({ uid: 1000, gid: 1000, size: 6 });
    for (const look of [
      () => bob.readFile("/shared/f"),
      () => bob.appendFile("/shared/f", "x"),
      () => bob.truncate("/shared/f"),
      () => bob.open("/shared/f"),
      () => bob.copyFile("/shared/f", "/shared/g"),
      () => all(bob.readStream("/shared/f")),
    ])
      expect(await codeOf(look)).toBe("EACCES");
    await ada.copyFile("/shared/f", "/shared/copy");
    expect(await vfs.stat("/shared/copy")).toMatchObject({ uid: 1000, gid: 1000, mode: 0o100600 });
    await ada.rename("/shared/copy", "/shared/moved");
    expect(await ada.readFile("/shared/moved", "utf8")).toBe("ada's!");
  });

  it("lets nobody through a closed directory, by no operation, and says nothing of what is in it", async () => {
    const { vfs, bob, ada } = await guarded();
    await ada.symlink("/home/open", "/home/closed/link");
    const ways: Record<string, () => Promise<unknown>> = {
      stat: () => bob.stat("/home/closed/secret"),
      "stat of nothing": () => bob.stat("/home/closed/none"),
      "by a link in it": () => bob.readFile("/home/closed/link"),
      readFile: () => bob.readFile("/home/closed/secret"),
      readStream: () => all(bob.readStream("/home/closed/secret")),
      open: () => bob.open("/home/closed/secret"),
      readdir: () => bob.readdir("/home/closed"),
      "readdir below": () => bob.readdir("/home/closed/deep"),
      readlink: () => bob.readlink("/home/closed/link"),
      realpath: () => bob.realpath("/home/closed/deep"),
      writeFile: () => bob.writeFile("/home/closed/new", "x"),
      mkdir: () => bob.mkdir("/home/closed/new"),
      symlink: () => bob.symlink("x", "/home/closed/new"),
      unlink: () => bob.unlink("/home/closed/secret"),
      "rename out": () => bob.rename("/home/closed/secret", "/shared/s"),
      "rename in": async () => {
        await bob.writeFile("/shared/b", "x");
        await bob.rename("/shared/b", "/home/closed/b");
      },
      copyFile: () => bob.copyFile("/home/closed/secret", "/shared/s"),
      "copyFile in": () => bob.copyFile("/home/open", "/home/closed/copy"),
      link: () => bob.link("/home/closed/secret", "/shared/s"),
      chmod: () => bob.chmod("/home/closed/secret", 0o777),
      utimes: () => bob.utimes("/home/closed/secret", 1, 1),
      truncate: () => bob.truncate("/home/closed/secret"),
      watch: async () => bob.watch("/home/closed").ready,
    };
    for (const [what, way] of Object.entries(ways)) expect(await codeOf(way), what).toBe("EACCES");
    expect((await vfs.readdir("/home/closed")).toSorted()).toEqual(["deep", "link", "secret"]);
    expect(await vfs.readFile("/home/closed/secret", "utf8")).toBe("secret");
  });

  it("asks for both ends of a copy, a rename and a link", async () => {
    const { vfs, ada, bob } = await guarded();
    await ada.writeFile("/shared/f", "ada's");
    await bob.writeFile("/shared/g", "bob's");
    expect(await codeOf(() => bob.copyFile("/shared/g", "/shared/f"))).toBe("EACCES");
    expect(await codeOf(() => bob.copyFile("/shared/g", "/home/g"))).toBe("EACCES");
    expect(await codeOf(() => bob.rename("/shared/g", "/home/g"))).toBe("EACCES");
    expect(await codeOf(() => ada.link("/shared/f", "/g"))).toBe("EACCES");
    await vfs.chmod("/shared", 0o1777);
    expect(await codeOf(() => bob.rename("/shared/g", "/shared/f"))).toBe("EPERM");
    expect(await vfs.readFile("/shared/f", "utf8")).toBe("ada's");
  });

  it("looks at a link that somebody puts on the way while it looks", async () => {
    const { vfs, bob, ada, watched } = await guarded();
    await bob.mkdir("/shared/d");
    await bob.writeFile("/shared/d/secret", "bob's");
    let looks = 0;
    const must = watched.store as Required<Provider>;
    watched.before = (method, [path]) => {
      if (method !== "read" || path !== "/shared/d/secret" || looks++ > 0) return;
      // After everything on the way was looked at.
      must.rename("/shared/d" as VPath, "/shared/e" as VPath, {}, CONTEXT);
      must.symlink("/shared/d" as VPath, "/home/closed", CONTEXT);
    };
    expect(await codeOf(() => bob.readFile("/shared/d/secret"))).toBe("EACCES");
    expect(looks).toBe(1);
    expect(await ada.readFile("/shared/d/secret", "utf8")).toBe("secret");
    await vfs.close();
  });

  it("does not write over a file that another makes while it looks", async () => {
    const { bob, watched, vfs } = await guarded();
    const must = watched.store as Required<Provider>;
    for (const [name, write] of Object.entries({
      writeFile: () => bob.writeFile("/shared/f", "bob's"),
      appendFile: () => bob.appendFile("/shared/f", "bob's"),
      open: () => bob.open("/shared/f", "w"),
      writeStream: () => bob.writeStream("/shared/f", ["bob's"]),
      copyFile: () => bob.copyFile("/home/open", "/shared/f"),
    })) {
      let raced = false;
      watched.before = (method) => {
        if (!["write", "writeStream", "open", "copy"].includes(method) || raced) return;
        raced = true;
        must.write("/shared/f" as VPath, new TextEncoder().encode("ada's"), { mode: 0o600 }, CONTEXT);
        must.setStat("/shared/f" as VPath, { uid: 1000, gid: 1000 }, {}, CONTEXT);
      };
      expect(["EACCES", "EBUSY"], name).toContain(await codeOf(write));
      expect([raced, await vfs.readFile("/shared/f", "utf8")], name).toEqual([true, "ada's"]);
      await vfs.rm("/shared/f");
    }
  });

  it("costs root nothing where it looks, and who is not root one look for each directory", async () => {
    const { vfs, ada, watched } = await guarded();
    watched.calls.length = 0;
    await vfs.readFile("/home/closed/secret");
    expect(watched.calls).toEqual(["read"]);
    watched.calls.length = 0;
    await ada.readFile("/home/closed/secret");
    expect(watched.calls).toEqual(["stat", "stat", "stat", "stat", "read"]);
  });

  it("refuses an operation that does not exist yet to all but root", async () => {
    const layer = permissions();
    const next = (): string => "done";
    const call = (identity: object | undefined): unknown => ({
      op: "restore",
      args: {},
      ctx: { ...CONTEXT, identity },
    });
    expect(layer.handle(call(undefined) as never, next as never)).toBe("done");
    expect(layer.handle(call({ uid: 0, gid: 5, groups: [] }) as never, next as never)).toBe("done");
    expect(() => layer.handle(call({ uid: 5, gid: 5, groups: [] }) as never, next as never)).toThrow(
      "ENOTSUP",
    );
  });
});
