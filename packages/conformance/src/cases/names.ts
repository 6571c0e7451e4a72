import type { VPath } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same, sameMembers } from "../check.ts";
import { CONTEXT } from "../context.ts";
import { ODD_NAMES } from "../samples.ts";

export const names: Case[] = [
  ...group("names", {
    "odd names are kept to the letter": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/odd");
        for (const name of ODD_NAMES) await vfs.writeFile(`/odd/${name}`, name);
        sameMembers(await vfs.readdir("/odd"), ODD_NAMES, "names in the directory");
        for (const name of ODD_NAMES)
          same(await vfs.readFile(`/odd/${name}`, "utf8"), name, `content of ${JSON.stringify(name)}`);
      },
    },
    "odd names of directories lead to what is in them": {
      needs: canWrite,
      run: async ({ vfs, times }) => {
        // Each is tried as the name of a file as well.
        const some = ODD_NAMES.filter((_, i) => i % times(1, 3) === 0);
        for (const name of some) {
          await vfs.mkdir(`/${name}`);
          await vfs.writeFile(`/${name}/inside`, name);
        }
        for (const name of some) {
          same(await vfs.readdir(`/${name}`), ["inside"], `names in ${JSON.stringify(name)}`);
          await vfs.rm(`/${name}`, { recursive: true });
          same(await vfs.exists(`/${name}`), false, `${JSON.stringify(name)} after rm`);
        }
      },
    },
    "wildcards of SQL and of the shell match nothing but themselves": {
      needs: canWrite,
      run: async ({ vfs }) => {
        for (const name of ["a1", "a_", "a%", "a*", "b"]) {
          await vfs.mkdir(`/${name}`);
          await vfs.writeFile(`/${name}/f`, name);
        }
        await vfs.rm("/a_", { recursive: true });
        await vfs.rm("/a%", { recursive: true });
        await vfs.rm("/a*", { recursive: true });
        sameMembers(await vfs.readdir("/"), ["a1", "b"], "what is left");
        same(await vfs.readFile("/a1/f", "utf8"), "a1", "content");
      },
    },
    "`a` and `A` are two names": {
      needs: ({ write, caseSensitive }) => write && caseSensitive,
      run: async ({ vfs }) => {
        await vfs.writeFile("/a", "small");
        await vfs.writeFile("/A", "large");
        sameMembers(await vfs.readdir("/"), ["a", "A"], "names");
        same(await vfs.readFile("/a", "utf8"), "small", "content of a");
        same(await vfs.readFile("/A", "utf8"), "large", "content of A");
      },
    },
    "that come and go again and again lead to what is there now": {
      needs: canWrite,
      run: async ({ vfs, times }) => {
        await vfs.mkdir("/d");
        const there = new Map<string, string>();
        for (let step = 0; step < times(80, 36); step++) {
          // Every name comes by many times, in an order that repeats late.
          const name = `f${(step * step + 7 * step) % 23}`;
          const to = `f${(step * 5) % 23}`;
          const content = there.get(name);
          if (content === undefined) {
            await vfs.writeFile(`/d/${name}`, `${step}`);
            there.set(name, `${step}`);
          } else if (step % 3 === 0 && to !== name) {
            await vfs.rename(`/d/${name}`, `/d/${to}`);
            there.delete(name);
            there.set(to, content);
          } else {
            await vfs.unlink(`/d/${name}`);
            there.delete(name);
          }
          same(await vfs.exists(`/d/${name}`), there.has(name), `${name} after step ${step}`);
        }
        // What is left is few, and what comes then is found without its path having been seen.
        for (const name of [...there.keys()].slice(2)) {
          await vfs.unlink(`/d/${name}`);
          there.delete(name);
        }
        for (const name of ["g1", "g2", "g3"]) {
          await vfs.writeFile(`/d/${name}`, name);
          there.set(name, name);
        }
        await vfs.rename("/d", "/e");
        sameMembers(await vfs.readdir("/e"), [...there.keys()], "names");
        for (const [name, content] of there)
          same(await vfs.readFile(`/e/${name}`, "utf8"), content, `content of ${name}`);
      },
    },
    "a name that begins another is another": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/a");
        await vfs.writeFile("/a/f", "in a");
        await vfs.mkdir("/ab");
        await vfs.writeFile("/ab/f", "in ab");
        await vfs.writeFile("/a.txt", "beside");
        await vfs.rm("/a", { recursive: true });
        sameMembers(await vfs.readdir("/"), ["ab", "a.txt"], "names");
        same(await vfs.readFile("/ab/f", "utf8"), "in ab", "content of ab/f");
      },
    },
    "one byte too many is ENAMETOOLONG": async ({ vfs }) => {
      await fails("ENAMETOOLONG", () => vfs.stat(`/${"x".repeat(256)}`), "a name of 256 bytes");
      await fails(
        "ENAMETOOLONG",
        () => vfs.stat(`/${"é".repeat(128)}`),
        "a name of 128 characters and 256 bytes",
      );
      await fails("ENAMETOOLONG", () => vfs.stat(`/${"a/".repeat(2048)}b`), "a path of 4,097 bytes");
    },
    "what has no UTF-8 form is refused": async ({ vfs }) => {
      await fails("EINVAL", () => vfs.stat("/a\0b"), "NUL");
      await fails("EILSEQ", () => vfs.stat("/a\ud800b"), "a lone surrogate");
      await fails("ENOENT", () => vfs.stat(""), "the empty path");
    },
    "paths are brought into their normal form": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d/e", { recursive: true });
        await vfs.writeFile("/d/e/f", "x");
        for (const path of [
          "//d//e/f",
          "/./d/./e/f",
          "/d/x/../e/f",
          "/../d/e/f",
          "d/e/f",
          "./d/e/../e/f",
          "/d/e/f/../f",
        ])
          same(await vfs.readFile(path, "utf8"), "x", path);
      },
    },
    "relative paths start where cd went": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const view = vfs.view();
        await view.mkdir("/home/ada", { recursive: true });
        await view.cd("/home");
        await view.cd("ada");
        same(view.cwd(), "/home/ada", "cwd");
        await view.writeFile("note", "x");
        same(await view.readFile("/home/ada/note", "utf8"), "x", "content");
        same(await view.readFile("../ada/note", "utf8"), "x", "content by ..");
        await fails("ENOTDIR", () => view.cd("note"), "cd to a file");
        await fails("ENOENT", () => view.cd("nowhere"), "cd to nothing");
        same(view.cwd(), "/home/ada", "cwd after failing");
      },
    },
    "a provider answers for its root": async ({ provider }) => {
      const ctx = { ...CONTEXT, umask: 0 };
      const stat = await provider.stat("/" as VPath, {}, ctx);
      same(stat.type, "directory", "type of the root");
      const page = await provider.list("/" as VPath, {}, ctx);
      check(Array.isArray(page.items), "the root has a list of entries");
    },
  }),
];
