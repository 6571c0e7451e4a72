import type { Capabilities } from "@vfs/core";
import { group, type Case } from "../case.ts";
import { check, fails, same, sameMembers } from "../check.ts";
import { all, below } from "../samples.ts";

const symlinks = ({ write, symlinks: has }: Capabilities): boolean => write && has;

export const symbolicLinks: Case[] = [
  ...group("symlink", {
    "stands for a file": {
      needs: symlinks,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "content");
        await vfs.symlink("/f", "/absolute");
        await vfs.mkdir("/d");
        await vfs.symlink("../f", "/d/relative");
        for (const path of ["/absolute", "/d/relative"]) {
          same(await vfs.readFile(path, "utf8"), "content", `content of ${path}`);
          same((await vfs.stat(path)).type, "file", `stat of ${path}`);
          same((await vfs.lstat(path)).type, "symlink", `lstat of ${path}`);
          same(await vfs.realpath(path), "/f", `realpath of ${path}`);
        }
        same(await vfs.readlink("/d/relative"), "../f", "text");
        same((await vfs.lstat("/d/relative")).size, 4, "size of the link");
        const entries = await vfs.readdir("/", { withFileTypes: true });
        same(entries.find(({ name }) => name === "absolute")?.isSymbolicLink(), true, "type in the listing");
      },
    },
    "is written through": {
      needs: symlinks,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "one");
        await vfs.symlink("f", "/l");
        await vfs.writeFile("/l", "two");
        await vfs.appendFile("/l", "!");
        same(await vfs.readFile("/f", "utf8"), "two!", "after writeFile and appendFile");
        await vfs.writeStream("/l", ["three"]);
        same(await vfs.readFile("/f", "utf8"), "three", "after writeStream");
        await vfs.truncate("/l", 2);
        same(await vfs.readFile("/f", "utf8"), "th", "after truncate");
        const handle = await vfs.open("/l", "r+");
        await handle.write("T", 0);
        await handle.close();
        same(await vfs.readFile("/f", "utf8"), "Th", "after a handle's write");
        await vfs.copyFile("/l", "/copy");
        same((await vfs.lstat("/copy")).type, "file", "type of a copy");
        same((await vfs.lstat("/l")).type, "symlink", "type of the link");
      },
    },
    "to nothing can be made, seen, and written through": {
      needs: symlinks,
      run: async ({ vfs, caps }) => {
        await vfs.symlink("later", "/l");
        await fails("ENOENT", () => vfs.readFile("/l"), "readFile");
        await fails("ENOENT", () => vfs.stat("/l"), "stat");
        same(await vfs.exists("/l"), false, "exists");
        same((await vfs.lstat("/l")).type, "symlink", "lstat");
        await fails("EEXIST", () => vfs.writeFile("/l", "x", { flag: "wx" }), "wx");
        await fails("EEXIST", () => vfs.open("/l", "wx"), "open with wx");
        await fails("EEXIST", () => vfs.mkdir("/l"), "mkdir");
        same(await vfs.exists("/later"), false, "the file after refusing");
        await vfs.writeFile("/l", "here");
        same(await vfs.readFile("/later", "utf8"), "here", "content");
        await vfs.symlink("/no/such/place", "/far");
        if (caps.directories === "real")
          await fails("ENOENT", () => vfs.writeFile("/far", "x"), "writing through a link to nowhere");
      },
    },
    "stands for a directory, also in the middle": {
      needs: symlinks,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d/sub", { recursive: true });
        await vfs.writeFile("/d/sub/f", "content");
        await vfs.symlink("d", "/l");
        await vfs.symlink("../d/sub", "/d/again");
        same(await vfs.readFile("/l/sub/f", "utf8"), "content", "one link");
        same(await vfs.readFile("/l/again/f", "utf8"), "content", "two links");
        sameMembers(await vfs.readdir("/l"), ["sub", "again"], "names");
        same(await below(vfs, "/l"), ["again", "sub", "sub/f"], "tree: links in it are not followed");
        await vfs.writeFile("/l/again/g", "new");
        same(await vfs.readFile("/d/sub/g", "utf8"), "new", "a file made through links");
        same(await vfs.realpath("/l/again/g"), "/d/sub/g", "realpath");
        await vfs.mkdir("/l/made");
        await vfs.rename("/l/sub/g", "/l/made/h");
        await vfs.rmdir("/l/made").then(
          () => check(false, "it is not empty"),
          () => undefined,
        );
        await vfs.unlink("/l/made/h");
        await vfs.rmdir("/l/made");
        sameMembers(await vfs.readdir("/d"), ["sub", "again"], "names at last");
      },
    },
    "in a circle is ELOOP": {
      needs: symlinks,
      run: async ({ vfs }) => {
        await vfs.symlink("/b", "/a");
        await vfs.symlink("/a", "/b");
        await vfs.symlink("self", "/self");
        // Each goes forty times round.
        await fails("ELOOP", () => vfs.stat("/self"), "stat");
        await fails("ELOOP", () => vfs.writeFile("/a", "x"), "writeFile");
        await fails("ELOOP", () => vfs.readFile("/self/x/y"), "readFile below one");
        await fails("ELOOP", () => vfs.realpath("/a"), "realpath");
        same((await vfs.lstat("/a")).type, "symlink", "lstat");
        await vfs.symlink("x/../loop", "/loop");
        await vfs.mkdir("/x");
        await fails("ELOOP", () => vfs.stat("/loop"), "a circle by ..");
      },
    },
    "after 40 others is ELOOP": {
      needs: symlinks,
      run: async ({ vfs }) => {
        await vfs.writeFile("/l0", "end");
        for (let i = 1; i <= 41; i++) await vfs.symlink(`l${i - 1}`, `/l${i}`);
        same(await vfs.readFile("/l40", "utf8"), "end", "40 links");
        await fails("ELOOP", () => vfs.readFile("/l41"), "41 links");
      },
    },
    "with .. behind a link leaves where that leads": {
      needs: symlinks,
      run: async ({ vfs }) => {
        await vfs.mkdir("/far/away", { recursive: true });
        await vfs.writeFile("/far/f", "in far");
        await vfs.writeFile("/f", "in root");
        await vfs.symlink("/far/away", "/l");
        await vfs.symlink("l/../f", "/through");
        same(await vfs.readFile("/through", "utf8"), "in far", "as the kernel resolves it");
        await vfs.symlink("../../../../../f", "/far/away/up");
        same(await vfs.readFile("/far/away/up", "utf8"), "in root", "more .. than directories");
      },
    },
    "is removed and renamed as itself": {
      needs: symlinks,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/f", "content");
        await vfs.symlink("/d", "/l");
        await vfs.symlink("/d/f", "/m");
        await vfs.rename("/l", "/l2");
        same(await vfs.readlink("/l2"), "/d", "text after rename");
        await vfs.writeFile("/plain", "plain");
        await vfs.rename("/plain", "/m");
        same((await vfs.lstat("/m")).type, "file", "a file renamed onto a link");
        same(await vfs.readFile("/d/f", "utf8"), "content", "what the link stood for");
        await fails("ENOTDIR", () => vfs.rmdir("/l2"), "rmdir");
        await vfs.rm("/l2", { recursive: true });
        same(await vfs.readdir("/d"), ["f"], "what the link stood for, after rm");
        await vfs.symlink("/d", "/l");
        await vfs.mkdir("/tree");
        await vfs.symlink("/d", "/tree/l");
        await vfs.rm("/tree", { recursive: true });
        same(await vfs.readdir("/d"), ["f"], "what a link in a tree stood for, after rm -r");
        await vfs.mkdir("/d/sub/deep", { recursive: true });
        await vfs.rm("/l/sub", { recursive: true });
        same(await vfs.readdir("/d"), ["f"], "what a link led to, after rm -r through it");
        await fails(
          "ENOENT",
          () => vfs.rm("/l/sub", { recursive: true }),
          "rm -r of nothing, through a link",
        );
        await vfs.unlink("/l");
        await fails("EINVAL", () => vfs.readlink("/d/f"), "readlink of a file");
        await fails("EINVAL", () => vfs.readlink("/d"), "readlink of a directory");
        await fails("ENOENT", () => vfs.readlink("/l"), "readlink of nothing");
      },
    },
    "does not replace what is there": {
      needs: symlinks,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await vfs.mkdir("/d");
        await fails("EEXIST", () => vfs.symlink("y", "/f"), "over a file");
        await fails("EEXIST", () => vfs.symlink("y", "/d"), "over a directory");
        await fails("EEXIST", () => vfs.symlink("y", "/"), "over the root");
        await fails("ENOENT", () => vfs.symlink("", "/empty"), "an empty target");
        await fails("EILSEQ", () => vfs.symlink("a\ud800", "/odd"), "a target that has no UTF-8 form");
        await fails("ENOENT", () => vfs.symlink("y", "/no/l"), "into a directory that is not there");
      },
    },
    "keeps odd texts": {
      needs: symlinks,
      run: async ({ vfs }) => {
        const texts = ["a b", "it's 100%", "日本/\u{1f600}", "./../x//y/", "x".repeat(1000)];
        for (const [i, text] of texts.entries()) {
          await vfs.symlink(text, `/l${i}`);
          same(await vfs.readlink(`/l${i}`), text, "text");
        }
      },
    },
    "cannot lead out of a view": {
      needs: symlinks,
      run: async ({ vfs }) => {
        await vfs.mkdir("/jail/d", { recursive: true });
        await vfs.writeFile("/secret", "outside");
        await vfs.writeFile("/jail/secret", "inside");
        const jail = vfs.view({ root: "/jail" });
        await jail.symlink("/secret", "/absolute");
        await jail.symlink("../../../secret", "/d/relative");
        await jail.symlink("..", "/d/up");
        same(await jail.readFile("/absolute", "utf8"), "inside", "an absolute link");
        same(await jail.readFile("/d/relative", "utf8"), "inside", "a relative link");
        same(await jail.readFile("/d/up/../../secret", "utf8"), "inside", "a path with ..");
        sameMembers(await jail.readdir("/d/up"), ["absolute", "d", "secret"], "the directory above");
        same(await jail.realpath("/absolute"), "/secret", "realpath, as the view sees it");
        const error = await fails("ENOENT", () => jail.readFile("/none"), "an error");
        same(error.path, "/none", "path in the error");
      },
    },
    "is no root of a view, which somebody could turn elsewhere": {
      needs: symlinks,
      run: async ({ vfs }) => {
        await vfs.mkdir("/real/home", { recursive: true });
        await vfs.writeFile("/real/home/f", "content");
        await vfs.symlink("/real", "/alias");
        for (const root of ["/alias", "/alias/home"]) {
          const view = vfs.view({ root });
          await fails("ELOOP", () => view.readdir("/"), `readdir of a view of ${root}`);
          await fails("ELOOP", () => view.readFile("/f"), `readFile in a view of ${root}`);
          await fails("ELOOP", () => view.writeFile("/new", "x"), `writeFile in a view of ${root}`);
          await fails("ELOOP", () => view.mkdir("/a/b", { recursive: true }), `mkdir in a view of ${root}`);
        }
        same(await below(vfs, "/real"), ["home", "home/f"], "what lies behind the link");
        const view = vfs.view({ root: await vfs.realpath("/alias/home") });
        same(await view.readFile("/f", "utf8"), "content", "content in a view of the realpath");
      },
    },
    "is copied as a link, or as what it stands for": {
      needs: symlinks,
      run: async ({ vfs }) => {
        await vfs.mkdir("/t/d", { recursive: true });
        await vfs.writeFile("/t/d/f", "content");
        await vfs.symlink("d/f", "/t/file");
        await vfs.symlink("d", "/t/dir");
        await vfs.symlink("nowhere", "/t/dangling");
        await vfs.cp("/t", "/links", { recursive: true });
        same(await vfs.readlink("/links/dangling"), "nowhere", "a link to nothing");
        same(await vfs.readFile("/links/file", "utf8"), "content", "through the copied link");
        same((await vfs.lstat("/links/dir")).type, "symlink", "type of a copied link");
        await vfs.unlink("/t/dangling");
        await vfs.cp("/t", "/files", { recursive: true, dereference: true });
        same((await vfs.lstat("/files/file")).type, "file", "type of a dereferenced link");
        same(await below(vfs, "/files"), ["d", "d/f", "dir", "dir/f", "file"], "dereferenced tree");
      },
    },
    "is found, not followed": {
      needs: symlinks,
      run: async ({ vfs }) => {
        await vfs.mkdir("/t/d", { recursive: true });
        await vfs.writeFile("/t/d/f", "needle");
        await vfs.symlink("..", "/t/d/up");
        sameMembers(
          (await all(vfs.find("/t"))).map(({ path }) => path),
          ["/t/d", "/t/d/f", "/t/d/up"],
          "find",
        );
        same((await all(vfs.grep("/t", "needle"))).length, 1, "grep");
        same((await vfs.du("/t")).directories, 1, "du");
        await vfs.symlink("/t", "/alias");
        sameMembers(
          (await all(vfs.find("/alias"))).map(({ path }) => path),
          ["/alias/d", "/alias/d/f", "/alias/d/up"],
          "find below a link",
        );
        sameMembers(
          await vfs.readdir("/alias", { recursive: true }),
          ["d", "d/f", "d/up"],
          "readdir below a link",
        );
        same((await vfs.du("/alias")).files, 2, "du below a link");
        same((await vfs.tree("/alias")).children?.[0]?.path, "/alias/d", "tree below a link");
        await fails("ENOTDIR", () => vfs.readdir("/alias/d/f", { recursive: true }), "a file behind a link");
        same((await all(vfs.grep("/alias", "needle")))[0]?.path, "/alias/d/f", "grep below a link");
      },
    },
    "has times of its own": {
      needs: ({ write, symlinks: has, times }) => write && has && times === "all",
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await vfs.symlink("f", "/l");
        await vfs.lutimes("/l", 1000, 2000);
        same((await vfs.lstat("/l")).mtimeMs, 2_000_000, "time of the link");
        check((await vfs.stat("/l")).mtimeMs > 1e12, "time of the file");
        await vfs.utimes("/l", 3000, 4000);
        same((await vfs.stat("/f")).mtimeMs, 4_000_000, "time of the file after utimes");
        same((await vfs.lstat("/l")).mtimeMs, 2_000_000, "time of the link after utimes");
      },
    },
    "is refused where the store has none": {
      needs: ({ write, symlinks: has }) => write && !has,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await fails("ENOTSUP", () => vfs.symlink("/f", "/l"), "symlink");
        await fails("EINVAL", () => vfs.readlink("/f"), "readlink of a file");
        await fails("ENOENT", () => vfs.readlink("/none"), "readlink of nothing");
        same(await vfs.realpath("/f"), "/f", "realpath");
        same(await vfs.readdir("/"), ["f"], "names");
      },
    },
  }),
];
