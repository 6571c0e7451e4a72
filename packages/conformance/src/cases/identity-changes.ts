import { group, type Case } from "../case.ts";
import { check, fails, same, sameMembers } from "../check.ts";
import { utf8 } from "../samples.ts";
import { ADA, BOB, checksPermissions, owned, shared } from "../users.ts";

/** What somebody may change who is not root, and what becomes of what they change. */
export const identityChanges: Case[] = [
  ...group("identity", {
    "changes mode, owners and times as POSIX lets it": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        const { ada, bob } = await shared(vfs);
        await ada.writeFile("/shared/f", "x");
        await fails("EPERM", () => bob.chmod("/shared/f", 0o777), "chmod by another");
        await fails("EPERM", () => ada.chown("/shared/f", BOB.uid, -1), "giving it away");
        await fails("EPERM", () => ada.chown("/shared/f", -1, BOB.gid), "a group that is not theirs");
        await fails("EPERM", () => bob.utimes("/shared/f", 1, 1), "times by another");
        await fails("EACCES", () => bob.touch("/shared/f"), "touch by one who may not write");
        await ada.chown("/shared/f", -1, 50);
        await ada.chmod("/shared/f", 0o666);
        await ada.utimes("/shared/f", 1, 1);
        await bob.touch("/shared/f");
        check((await vfs.stat("/shared/f")).mtimeMs > 1000, "touched by one who may write");
        await fails("EPERM", () => bob.utimes("/shared/f", 1, 1), "but no other time");
        same(await owned(vfs, "/shared/f"), [1000, 50, 0o666], "owners and bits");
        await vfs.chown("/shared/f", ADA.uid, BOB.gid);
        await ada.chmod("/shared/f", 0o2750);
        same(await owned(vfs, "/shared/f"), [1000, 1001, 0o750], "set-gid for a group that is not theirs");
        if ((await vfs.stat("/shared/f")).contentType === undefined)
          await fails(
            ["EACCES", "ENOTSUP"],
            () => bob.setMeta("/shared/f", { contentType: "a/b" }),
            "setMeta",
          );
      },
    },
    "loses its set-id bits when somebody writes it": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        const { ada } = await shared(vfs);
        await ada.writeFile("/shared/f", "x");
        for (const [what, action] of Object.entries({
          writeFile: () => ada.writeFile("/shared/f", "y"),
          appendFile: () => ada.appendFile("/shared/f", "y"),
          truncate: () => ada.truncate("/shared/f", 1),
          writeStream: () => ada.writeStream("/shared/f", ["z"]),
          chown: () => ada.chown("/shared/f", -1, 50),
          "a handle": async () => {
            await using handle = await ada.open("/shared/f", "r+");
            await handle.writev([utf8("w")]);
          },
          "chown by root": () => vfs.chown("/shared/f", ADA.uid, ADA.gid),
        })) {
          await vfs.chmod("/shared/f", 0o6755);
          same(await owned(vfs, "/shared/f").then(([, , mode]) => mode), 0o6755, `before ${what}`);
          await action();
          same(await owned(vfs, "/shared/f").then(([, , mode]) => mode), 0o755, `after ${what}`);
        }
        await vfs.chmod("/shared/f", 0o6755);
        await vfs.appendFile("/shared/f", "root's");
        same((await owned(vfs, "/shared/f"))[2], 0o6755, "after root has written");
      },
    },
    "takes names out of a sticky directory only where it owns": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        const { ada, bob } = await shared(vfs, 0o1777);
        await ada.writeFile("/shared/f", "ada's", { mode: 0o666 });
        await bob.writeFile("/shared/g", "bob's");
        await fails("EPERM", () => bob.unlink("/shared/f"), "unlink");
        await fails("EPERM", () => bob.rename("/shared/f", "/shared/h"), "rename");
        await fails("EPERM", () => bob.rename("/shared/g", "/shared/f"), "rename onto");
        await ada.rename("/shared/f", "/shared/h");
        await vfs.chown("/shared", BOB.uid, BOB.gid);
        await bob.unlink("/shared/h");
        sameMembers(await vfs.readdir("/shared"), ["g"], "names");
      },
    },
    "inherits the group of a set-gid directory, as root does": {
      needs: ({ write, modes, owners, permissions }) => write && modes && owners && permissions,
      run: async ({ vfs }) => {
        const { bob } = await shared(vfs);
        await vfs.chown("/shared", 0, 50);
        await vfs.chmod("/shared", 0o2777);
        await bob.writeFile("/shared/f", "x");
        await bob.mkdir("/shared/d");
        await vfs.writeFile("/shared/r", "x");
        await vfs.mkdir("/shared/s");
        same(await owned(vfs, "/shared/f"), [1001, 50, 0o644], "a file");
        same(await owned(vfs, "/shared/d"), [1001, 50, 0o2755], "a directory");
        same(await owned(vfs, "/shared/r"), [0, 50, 0o644], "root's file");
        same(await owned(vfs, "/shared/s"), [0, 50, 0o2755], "root's directory");
        await vfs.chmod("/shared", 0o777);
        await vfs.writeFile("/shared/t", "x");
        same(await owned(vfs, "/shared/t"), [0, 0, 0o644], "root's file when it is plain again");
      },
    },
    "gives another name only to what it owns or may read and write": {
      needs: ({ write, permissions, links }) => write && permissions && links,
      run: async ({ vfs }) => {
        const { ada, bob } = await shared(vfs);
        await ada.writeFile("/shared/f", "x");
        await fails("EPERM", () => bob.link("/shared/f", "/shared/g"), "another's");
        await fails("EACCES", () => ada.link("/shared/f", "/g"), "into a directory of root's");
        await fails("EEXIST", () => bob.link("/shared/f", "/shared/f"), "onto what is there");
        await ada.chmod("/shared/f", 0o666);
        await bob.link("/shared/f", "/shared/g");
        same((await vfs.stat("/shared/g")).nlink, 2, "names");
      },
    },
    "copies into another's file without taking it over": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        const { ada, bob } = await shared(vfs);
        await ada.writeFile("/shared/f", "old");
        await ada.chmod("/shared/f", 0o666);
        await bob.writeFile("/shared/g", "new");
        await bob.chmod("/shared/g", 0o600);
        await bob.copyFile("/shared/g", "/shared/f");
        same(await owned(vfs, "/shared/f"), [1000, 1000, 0o666], "owners and bits of the other's file");
        same(await vfs.readFile("/shared/f", "utf8"), "new", "its content");
        await fails("EACCES", () => ada.copyFile("/shared/g", "/shared/h"), "what may not be read");
        same(await vfs.exists("/shared/h"), false, "no copy of it");
        await vfs.writeFile("/shared/odd", "x");
        await vfs.chmod("/shared/odd", 0o006);
        await bob.copyFile("/shared/odd", "/shared/copy");
        same(await owned(vfs, "/shared/copy"), [1001, 1001, 0o006], "a copy that its owner may not write");
      },
    },
  }),
  ...group("chmod", {
    "keeps sticky and set-id bits": {
      needs: ({ write, modes }) => write && modes,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await vfs.mkdir("/d");
        for (const mode of [0o1755, 0o2755, 0o4755, 0o7777, 0o755]) {
          await vfs.chmod("/f", mode);
          await vfs.chmod("/d", mode);
          same((await vfs.stat("/f")).mode & 0o7777, mode, "of a file");
          same((await vfs.stat("/d")).mode & 0o7777, mode, "of a directory");
        }
      },
    },
  }),
];
