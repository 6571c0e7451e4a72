import { canWrite, group, type Case } from "../case.ts";
import { fails, same, sameMembers } from "../check.ts";
import { all, below } from "../samples.ts";

export const mounts: Case[] = [
  ...group("mounts", {
    "appear where they are, and hide what lies below": {
      needs: canWrite,
      run: async ({ vfs, mountAnother, unmount }) => {
        await vfs.mkdir("/here");
        await vfs.writeFile("/here/hidden", "below");
        await mountAnother("/here");
        await mountAnother("/not/yet/there");
        sameMembers(await vfs.readdir("/"), ["here", "not"], "names in the root");
        same(await vfs.readdir("/here"), [], "names in the mount");
        same(await vfs.readdir("/not"), ["yet"], "names on the way");
        same((await vfs.stat("/not/yet")).type, "directory", "type on the way");
        await fails("ENOENT", () => vfs.readFile("/here/hidden"), "what is hidden");
        await vfs.writeFile("/here/f", "above");
        await vfs.writeFile("/not/yet/there/g", "far");
        same(
          await below(vfs, "/"),
          ["here", "here/f", "not", "not/yet", "not/yet/there", "not/yet/there/g"],
          "tree",
        );
        sameMembers(
          (await all(vfs.find("/", { type: "file" }))).map(({ path }) => path),
          ["/here/f", "/not/yet/there/g"],
          "find",
        );
        same((await all(vfs.grep("/", "far")))[0]?.path, "/not/yet/there/g", "grep");
        await unmount("/here");
        same(await vfs.readFile("/here/hidden", "utf8"), "below", "what was hidden");
        await fails("ENOENT", () => vfs.stat("/here/f"), "what was above");
        await unmount("/not/yet/there");
        same(await vfs.exists("/not"), false, "the way there");
      },
    },
    "on the way to a mount, directories become real when they are used": {
      needs: canWrite,
      run: async ({ vfs, mountAnother, unmount }) => {
        await mountAnother("/a/b/c");
        await vfs.writeFile("/a/b/f", "x");
        await vfs.mkdir("/a/d");
        await fails("EEXIST", () => vfs.mkdir("/a"), "mkdir");
        await fails("EISDIR", () => vfs.writeFile("/a/b", "x"), "writeFile");
        await fails("EEXIST", () => vfs.mkdir("/a/b/c"), "mkdir of the mount point");
        sameMembers(await vfs.readdir("/a/b"), ["c", "f"], "names");
        await unmount("/a/b/c");
        same(await below(vfs, "/a"), ["b", "b/f", "d"], "tree after unmounting");
      },
    },
    "cannot be taken away from below": {
      needs: canWrite,
      run: async ({ vfs, mountAnother }) => {
        await vfs.mkdir("/a/b", { recursive: true });
        await mountAnother("/a/b/m");
        await vfs.writeFile("/a/b/m/f", "x");
        await fails("EBUSY", () => vfs.rm("/a", { recursive: true }), "rm above");
        await fails("EBUSY", () => vfs.rm("/a/b/m", { recursive: true }), "rm of the mount point");
        await fails("EBUSY", () => vfs.rmdir("/a/b/m"), "rmdir of the mount point");
        await fails("EBUSY", () => vfs.rename("/a", "/z"), "rename above");
        await fails("EBUSY", () => vfs.rename("/a/b/m", "/z"), "rename of the mount point");
        await fails("EBUSY", () => vfs.mv("/a/b/m", "/z"), "mv of the mount point");
        same(await vfs.readFile("/a/b/m/f", "utf8"), "x", "content");
      },
    },
    "mount once, unmount when nothing is open": {
      needs: canWrite,
      run: async ({ vfs, mountAnother, unmount }) => {
        await mountAnother("/m");
        await fails("EBUSY", () => mountAnother("/m"), "mounting twice");
        await mountAnother("/m/inner");
        await fails("EBUSY", () => unmount("/m"), "unmounting below another mount");
        await unmount("/m/inner");
        const handle = await vfs.open("/m/f", "w");
        await fails("EBUSY", () => unmount("/m"), "unmounting with an open file");
        await unmount("/m", { force: true });
        await fails("EBADF", () => handle.write("x"), "the handle after that");
        await handle.close();
        await fails(["EINVAL", "ENOENT"], () => unmount("/m"), "unmounting twice");
        await vfs.writeFile("/file", "x");
        await fails("ENOTDIR", () => mountAnother("/file"), "mounting over a file");
      },
    },
  }),
];
