import { constants } from "@vfs/core";
import { group, type Case } from "../case.ts";
import { check, fails, same, sameMembers } from "../check.ts";
import { all, below } from "../samples.ts";
import { ADA, BOB, checksPermissions, home, owned, shared } from "../users.ts";

/** Whose rights count; the differential test against the kernel (apps/oracle) tries what is here by the thousand. */
export const identities: Case[] = [
  ...group("identity", {
    "is refused where the store does not check permissions": {
      needs: ({ write, permissions }) => write && !permissions,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        const ada = vfs.view({ identity: ADA });
        await fails("ENOTSUP", () => ada.readFile("/f"), "readFile");
        await fails("ENOTSUP", () => ada.writeFile("/g", "x"), "writeFile");
        await fails("ENOTSUP", () => ada.stat("/f"), "stat");
        await fails("ENOTSUP", () => ada.open("/f"), "open");
        await fails("ENOTSUP", () => ada.rm("/f"), "rm");
        same(await vfs.view({ identity: { uid: 0, gid: 0 } }).readFile("/f", "utf8"), "x", "root's view");
        same(await below(vfs, "/"), ["f"], "names");
      },
    },
    "owns what it makes, without its umask": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        await shared(vfs);
        const ada = vfs.view({ identity: { ...ADA, umask: 0o027 } });
        await ada.writeFile("/shared/f", "x");
        await ada.mkdir("/shared/d/e", { recursive: true });
        await ada.appendFile("/shared/a", "x");
        await (await ada.open("/shared/h", "w")).close();
        await ada.writeStream("/shared/s", ["x"]);
        await ada.touch("/shared/t");
        for (const name of ["f", "a", "h", "s", "t"])
          same(await owned(vfs, `/shared/${name}`), [1000, 1000, 0o640], name);
        same(await owned(vfs, "/shared/d/e"), [1000, 1000, 0o750], "a directory");
        await vfs.writeFile("/shared/root", "x");
        same((await owned(vfs, "/shared/root")).slice(0, 2), [0, 0], "what root makes");
      },
    },
    "reads, writes and lists only what its bits allow": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        const { ada, bob } = await home(vfs);
        same(await bob.readFile("/home/open", "utf8"), "open", "a file for everybody");
        for (const [what, action] of Object.entries({
          writeFile: () => bob.writeFile("/home/open", "x"),
          appendFile: () => bob.appendFile("/home/open", "x"),
          truncate: () => bob.truncate("/home/open"),
          writeStream: () => bob.writeStream("/home/open", ["x"]),
          "open r+": () => bob.open("/home/open", "r+"),
          "open with O_TRUNC": () => bob.open("/home/open", constants.O_TRUNC),
          create: () => bob.writeFile("/home/new", "x"),
          mkdir: () => bob.mkdir("/home/new"),
          unlink: () => bob.unlink("/home/open"),
          rename: () => bob.rename("/home/open", "/home/new"),
          "copy into it": () => bob.copyFile("/home/open", "/home/new"),
          readdir: () => bob.readdir("/home/closed"),
          opendir: () => all(bob.opendir("/home/closed")),
          "stat below": () => bob.stat("/home/closed/secret.txt"),
          "stat of nothing below": () => bob.stat("/home/closed/none"),
          "readFile below": () => bob.readFile("/home/closed/secret.txt"),
          "readStream below": () => all(bob.readStream("/home/closed/secret.txt")),
          "realpath below": () => bob.realpath("/home/closed/secret.txt"),
          "checksum below": () => bob.checksum("/home/closed/secret.txt"),
          cd: () => bob.readdir("/home/closed/."),
        }))
          await fails("EACCES", action, what);
        const { hint } = await fails("EACCES", () => bob.writeFile("/home/open", "x"), "writeFile");
        check(hint?.includes("uid 1001") === true, `a hint that tells who: ${hint}`);
        same(await ada.readFile("/home/closed/secret.txt", "utf8"), "secret", "the owner");
        same(await vfs.readFile("/home/closed/secret.txt", "utf8"), "secret", "root");
        await ada.chmod("/home/open", 0o044);
        await fails("EACCES", () => ada.readFile("/home/open"), "the owner's own bits come first");
        same(await bob.readFile("/home/open", "utf8"), "open", "all others");
      },
    },
    "does not see into a tree that it may not read, by whatever operation": {
      needs: checksPermissions,
      run: async ({ vfs, caps }) => {
        const { bob } = await home(vfs);
        await vfs.mkdir("/mine");
        await vfs.chown("/mine", BOB.uid, BOB.gid);
        for (const [what, action] of Object.entries({
          "readdir recursive": () => bob.readdir("/home", { recursive: true }),
          find: () => all(bob.find("/home")),
          "find of the part": () => all(bob.find("/home/closed")),
          grep: () => all(bob.grep("/home", "secret")),
          du: () => bob.du("/home"),
          tree: () => bob.tree("/home"),
          cp: () => bob.cp("/home", "/mine/copy", { recursive: true }),
          rm: () => bob.rm("/home", { recursive: true }),
          "rm with force": () => bob.rm("/home", { recursive: true, force: true }),
          "glob below": () => all(bob.glob("/home/closed/*")),
        })) {
          const seen = await action().catch((reason: unknown) => reason);
          const isError = seen instanceof Error;
          check(
            isError ? (seen as { code?: string }).code === "EACCES" : tellsNothing(seen),
            `${what} fails or shows nothing`,
          );
        }
        sameMembers(
          await below(vfs, "/home"),
          ["closed", "closed/secret.txt", "open"],
          "what is left of the tree",
        );
        check(!(await below(vfs, "/mine")).includes("copy/closed/secret.txt"), "no copy of the secret");
        if (caps.removeTree && caps.listRecursive) {
          await vfs.chmod("/home/closed", 0o744);
          sameMembers(await bob.readdir("/home/closed"), ["secret.txt"], "names that may be read");
          await fails(
            "EACCES",
            () => bob.readdir("/home/closed", { withFileTypes: true, stat: true }),
            "stats",
          );
        }
      },
    },
    "handles a tree of its own as ever": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        const { ada } = await home(vfs);
        await ada.mkdir("/home/closed/deep", { mode: 0o555 });
        sameMembers(
          await ada.readdir("/home", { recursive: true }),
          ["closed", "closed/deep", "closed/secret.txt", "open"],
          "names",
        );
        same((await all(ada.grep("/home", "secret"))).length, 1, "lines that grep finds");
        await ada.cp("/home/closed", "/home/copy", { recursive: true });
        same(await owned(vfs, "/home/copy/deep"), [1000, 1000, 0o555], "a directory that was copied");
        same(await ada.readFile("/home/copy/secret.txt", "utf8"), "secret", "a file that was copied");
        await ada.rename("/home/closed", "/home/moved");
        await ada.rm("/home/moved", { recursive: true });
        sameMembers(
          await below(vfs, "/home"),
          ["copy", "copy/deep", "copy/secret.txt", "open"],
          "what is left",
        );
      },
    },
    "keeps what a handle was granted, and asks again for what is the owner's": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        const { ada, bob } = await shared(vfs);
        await ada.writeFile("/shared/f", "0123", { mode: 0o666 });
        await ada.chmod("/shared/f", 0o666);
        const handle = await bob.open("/shared/f", "r+");
        await ada.chmod("/shared/f", 0o600);
        await vfs.chmod("/shared", 0o700);
        await handle.write("ab", 0);
        same((await handle.read(new Uint8Array(4), 0, 4, 0)).bytesRead, 4, "bytes read");
        await fails("EPERM", () => handle.chmod(0o777), "fchmod");
        await fails("EPERM", () => handle.chown(BOB.uid, -1), "fchown");
        await fails("EPERM", () => handle.utimes(1, 1), "futimes");
        await handle.close();
        same(await vfs.readFile("/shared/f", "utf8"), "ab23", "content");
        await fails("EACCES", () => bob.open("/shared/f", "r"), "open again");
        const created = await vfs
          .view({ identity: BOB, umask: 0o777 })
          .open("/shared/g", "wx")
          .catch(() => undefined);
        same(created, undefined, "a file in a directory that is closed by now");
      },
    },
    "may write through the handle that makes a file which is read-only": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        const { ada } = await shared(vfs);
        const handle = await ada.open("/shared/f", "wx", 0o444);
        await handle.write("x");
        await handle.close();
        await fails("EACCES", () => ada.open("/shared/f", "r+"), "open it again");
        same(await ada.readFile("/shared/f", "utf8"), "x", "content");
      },
    },
    "is told the truth by access": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        const { ada, bob } = await home(vfs);
        const { R_OK, W_OK, X_OK } = constants;
        await ada.access("/home/open", R_OK | W_OK);
        await bob.access("/home/open", R_OK);
        await bob.access("/home", R_OK | X_OK);
        await fails("EACCES", () => bob.access("/home/open", W_OK), "W_OK");
        await fails("EACCES", () => bob.access("/home/open", X_OK), "X_OK of a file");
        await fails("EACCES", () => bob.access("/home/closed", X_OK), "X_OK of a directory");
        await fails("EACCES", () => bob.access("/home/closed/secret.txt"), "F_OK below it");
        same(await bob.exists("/home/closed/secret.txt"), false, "exists");
        await fails("EACCES", () => vfs.access("/home/open", X_OK), "X_OK for root where nobody may");
        await vfs.access("/home/closed", R_OK | W_OK | X_OK);
      },
    },
    "is checked where a link leads, not at the link": {
      needs: ({ write, permissions, symlinks }) => write && permissions && symlinks,
      run: async ({ vfs }) => {
        const { ada, bob } = await home(vfs);
        await vfs.symlink("/home/closed", "/way");
        await vfs.symlink("/home/closed/secret.txt", "/end");
        await vfs.symlink("/home/closed/../open", "/round");
        for (const path of ["/way/secret.txt", "/end", "/round", "/way/none"])
          await fails("EACCES", () => bob.readFile(path), path);
        await fails("EACCES", () => bob.writeFile("/end", "x"), "written through a link");
        same(await bob.readlink("/end"), "/home/closed/secret.txt", "the text of a link");
        same(await ada.readFile("/end", "utf8"), "secret", "by who may");
        same(await ada.readFile("/round", "utf8"), "open", "by .. behind what may be searched");
        await fails("EPERM", () => bob.lchown("/end", BOB.uid, BOB.gid), "lchown");
      },
    },
    "stays what it is in every view of a view": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        const { ada } = await home(vfs);
        for (const identity of [BOB, { uid: 0, gid: 0 }, { ...ADA, groups: [50, 0] }, { uid: 1000, gid: 0 }])
          await fails("EPERM", async () => ada.view({ identity }), `a view as ${JSON.stringify(identity)}`);
        const smaller = ada.view({ root: "/home", readOnly: true });
        await fails("EROFS", () => smaller.writeFile("/open", "x"), "read-only as well");
        await vfs.chmod("/home/open", 0o600);
        await vfs.chown("/home/open", 0, 0);
        await fails("EACCES", () => smaller.readFile("/open"), "a view of the view");
        await fails("EACCES", () => ada.view({ identity: ADA }).readFile("/home/open"), "the same again");
        for (const identity of [{ uid: -1, gid: 0 }, { uid: 1.5, gid: 0 }, { uid: 1000 } as typeof BOB]) {
          let thrown: unknown;
          try {
            vfs.view({ identity });
          } catch (reason) {
            thrown = reason;
          }
          check(thrown instanceof RangeError, `a RangeError for ${JSON.stringify(identity)}`);
        }
      },
    },
    "does not need to search what is above the root of its view": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        await home(vfs);
        await vfs.mkdir("/home/closed/bob");
        await vfs.chown("/home/closed/bob", BOB.uid, BOB.gid);
        const bob = vfs.view({ root: "/home/closed/bob", identity: BOB });
        await bob.mkdir("/a/b", { recursive: true });
        await bob.writeFile("/a/b/f", "x");
        same(await bob.readFile("/a/b/f", "utf8"), "x", "content");
        await vfs.chmod("/home/closed/bob/a", 0);
        await fails("EACCES", () => bob.readFile("/a/b/f"), "but what is below it");
        await fails(
          "EACCES",
          () => vfs.view({ identity: BOB }).readdir("/home/closed/bob"),
          "and without the root",
        );
      },
    },
    "needs to search what leads to a mount": {
      needs: checksPermissions,
      run: async ({ vfs, mountAnother }) => {
        const { ada, bob } = await home(vfs);
        await mountAnother("/home/closed/m");
        await vfs.chmod("/home/closed/m", 0o777);
        await ada.writeFile("/home/closed/m/f", "x");
        same(await owned(vfs, "/home/closed/m/f"), [1000, 1000, 0o644], "owners in the mount");
        await fails("EACCES", () => bob.readFile("/home/closed/m/f"), "by who may not come there");
        await fails("EACCES", () => bob.readdir("/home/closed/m"), "its root");
        const inside = vfs.view({ root: "/home/closed/m", identity: BOB });
        same(await inside.readFile("/f", "utf8"), "x", "in a view that begins there");
      },
    },
    "answers the same without waiting, where the store can": {
      needs: (caps) => checksPermissions(caps) && caps.sync,
      run: async ({ vfs }) => {
        const { ada, bob } = await home(vfs);
        same(ada.sync.readFile("/home/closed/secret.txt", "utf8"), "secret", "by who may");
        await fails("EACCES", async () => bob.sync.readFile("/home/closed/secret.txt"), "by who may not");
        await fails("EACCES", async () => bob.sync.writeFile("/home/new", "x"), "a new file");
      },
    },
  }),
];

/** Whether what an operation gave tells nothing of the closed part. */
function tellsNothing(seen: unknown): boolean {
  return !JSON.stringify(seen ?? "").includes("secret");
}
