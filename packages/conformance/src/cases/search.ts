import { createVfs, VfsError, type FindOptions, type Layer, type Vfs } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same, sameMembers } from "../check.ts";
import { all, utf8 } from "../samples.ts";

async function project(vfs: Vfs): Promise<void> {
  await vfs.mkdir("/p/src/deep", { recursive: true });
  await vfs.mkdir("/p/.git");
  await vfs.writeFile("/p/readme.txt", "Hello\r\nworld of hellos\r\n");
  await vfs.writeFile("/p/src/a.ts", "const a = 1;\n// hello\n");
  await vfs.writeFile("/p/src/deep/b.ts", "hello()\nhello hello\n\nlast hello");
  await vfs.writeFile("/p/src/data.bin", new Uint8Array([...utf8("hello"), 0, 1, 2]));
  await vfs.writeFile("/p/.git/config", "hello");
}

const paths = async (found: AsyncIterable<{ path: string }>): Promise<string[]> =>
  (await all(found)).map(({ path }) => path);

export const searches: Case[] = [
  ...group("find", {
    "gives everything below that fits": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await project(vfs);
        sameMembers(
          await paths(vfs.find("/p", { name: "*.ts" })),
          ["/p/src/a.ts", "/p/src/deep/b.ts"],
          "by name",
        );
        sameMembers(
          await paths(vfs.find("/p", { type: "directory" })),
          ["/p/src", "/p/src/deep", "/p/.git"],
          "by type",
        );
        sameMembers(
          await paths(vfs.find("/p", { recursive: false })),
          ["/p/src", "/p/.git", "/p/readme.txt"],
          "not recursive",
        );
        sameMembers(
          await paths(vfs.find("/p", { maxDepth: 2, type: "file" })),
          ["/p/readme.txt", "/p/src/a.ts", "/p/src/data.bin", "/p/.git/config"],
          "two levels",
        );
        sameMembers(
          await paths(vfs.find("/p", { name: "[a-b].{ts,js}" })),
          ["/p/src/a.ts", "/p/src/deep/b.ts"],
          "by class and alternatives",
        );
        same((await paths(vfs.find("/"))).length, 9, "everything");
        const [found] = await all(vfs.find("/p", { name: "a.ts", stat: true }));
        same(
          [found?.name, found?.parentPath, found?.type, found?.stat?.size],
          ["a.ts", "/p/src", "file", 22],
          "a result",
        );
        await fails("ENOENT", () => all(vfs.find("/none")), "below nothing");
        same(await paths(vfs.find("/p/readme.txt")), [], "below a file");
      },
    },
    "gives what has the size and the time": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const since = Date.now() - 60_000;
        for (const bytes of [0, 1, 5, 6]) await vfs.writeFile(`/f${bytes}`, "x".repeat(bytes));
        const named = async (options: FindOptions): Promise<string[]> =>
          (await paths(vfs.find("/", { type: "file", ...options }))).sort();
        same(await named({ minBytes: 1, maxBytes: 5 }), ["/f1", "/f5"], "from 1 to 5 bytes");
        same(await named({ minBytes: 6 }), ["/f6"], "6 bytes and more");
        same(await named({ maxBytes: 0 }), ["/f0"], "nothing in it");
        const { mtimeMs } = await vfs.stat("/f5");
        check((await named({ modifiedSinceMs: mtimeMs })).includes("/f5"), "changed then");
        check(!(await named({ modifiedBeforeMs: mtimeMs })).includes("/f5"), "changed before");
        same((await named({ modifiedSinceMs: since })).length, 4, "changed since a minute ago");
        same(await named({ modifiedBeforeMs: since }), [], "changed before that");
      },
    },
    "goes on while files come and go": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await project(vfs);
        let seen = 0;
        for await (const { path } of vfs.find("/p")) {
          seen++;
          if (path === "/p/readme.txt") await vfs.unlink("/p/readme.txt");
          check(seen < 100, "it ends");
        }
        check(seen >= 7, `it saw the others: ${seen}`);
      },
    },
  }),
  ...group("find, du and tree", {
    "go on behind what cannot be read, where somebody listens": {
      needs: canWrite,
      run: async ({ provider }) => {
        await using vfs = createVfs(provider, { keepOpen: true });
        await project(vfs);
        const closed: Layer = {
          name: "closed",
          slot: "policy",
          decidesBelow: () => true,
          handle: (call, next) => {
            if (call.path === "/p/src/deep" && call.op === "list")
              throw new VfsError("EACCES", { reason: "policy" });
            return next(call);
          },
        };
        await using guarded = createVfs(provider, { layers: [closed], keepOpen: true });
        const told: string[] = [];
        const onError = ({ code, path }: VfsError): void => void told.push(`${code} ${path}`);
        const left = ["/p/src", "/p/src/deep", "/p/src/a.ts", "/p/src/data.bin", "/p/readme.txt"];
        sameMembers(
          (await paths(guarded.find("/p", { onError }))).filter((path) => !path.startsWith("/p/.git")),
          left,
          "what find can see",
        );
        const { files } = await guarded.du("/p", { onError });
        same(files, 4, "files that du can see");
        const { children } = await guarded.tree("/p/src", { onError });
        same(
          children?.map(({ name, children: inner }) => [name, inner?.length]),
          [
            ["a.ts", undefined],
            ["data.bin", undefined],
            ["deep", 0],
          ],
          "what tree can see",
        );
        same(told, Array(3).fill("EACCES /p/src/deep"), "what cannot be read");
        if (provider.caps.permissions) {
          await vfs.chmod("/p/src/deep", 0o700);
          const ada = vfs.view({ identity: { uid: 1000, gid: 1000 } });
          const found = await paths(ada.find("/p", { name: "*.ts", onError }));
          same([found, told.pop()], [["/p/src/a.ts"], "EACCES /p/src/deep"], "what somebody else can see");
        }
        await fails("EACCES", () => all(guarded.find("/p")), "find when nobody listens");
        await fails("EACCES", () => guarded.du("/p"), "du when nobody listens");
        await fails("EACCES", () => guarded.tree("/p/src/deep", { onError }), "the directory itself");
      },
    },
  }),
  ...group("glob", {
    "gives the paths that match": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await project(vfs);
        sameMembers(await all(vfs.glob("**/*.ts", { cwd: "/p" })), ["src/a.ts", "src/deep/b.ts"], "**/*.ts");
        sameMembers(
          await all(vfs.glob("src/*", { cwd: "/p" })),
          ["src/a.ts", "src/deep", "src/data.bin"],
          "src/*",
        );
        sameMembers(
          await all(vfs.glob("*", { cwd: "/p" })),
          ["src", "readme.txt"],
          "* leaves hidden names out",
        );
        sameMembers(await all(vfs.glob(".*/*", { cwd: "/p" })), [".git/config"], "a dot is matched by a dot");
        sameMembers(await all(vfs.glob("/p/src/{a,z}.ts")), ["/p/src/a.ts"], "an absolute pattern");
        sameMembers(
          await all(vfs.glob(["src/**", "readme.???"], { cwd: "/p" })),
          ["src", "src/a.ts", "src/deep", "src/deep/b.ts", "src/data.bin", "readme.txt"],
          "two patterns",
        );
        same(await all(vfs.glob("**/config", { cwd: "/p" })), [], "** leaves hidden directories out");
        same(await all(vfs.glob("**/[c]onfig", { cwd: "/p/.git" })), ["config"], "** in a hidden directory");
        same(await all(vfs.glob("nothing/*.here", { cwd: "/p" })), [], "no match");
        sameMembers(await all(vfs.glob("p/src/deep/b.ts")), ["p/src/deep/b.ts"], "no magic");
      },
    },
  }),
  ...group("grep", {
    "gives path, line, column and text": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await project(vfs);
        const hits = await all(vfs.grep("/p", "hello"));
        sameMembers(
          hits.map(({ path, line, column, text }) => `${path}:${line}:${column}:${text}`),
          [
            "/p/readme.txt:2:10:world of hellos",
            "/p/src/a.ts:2:4:// hello",
            "/p/src/deep/b.ts:1:1:hello()",
            "/p/src/deep/b.ts:2:1:hello hello",
            "/p/src/deep/b.ts:4:6:last hello",
            "/p/.git/config:1:1:hello",
          ],
          "lines with a text",
        );
        same(
          (await all(vfs.grep("/p", /^hel+o/gi))).map(({ path, line }) => `${path}:${line}`).sort(),
          ["/p/.git/config:1", "/p/readme.txt:1", "/p/src/deep/b.ts:1", "/p/src/deep/b.ts:2"],
          "lines by an expression",
        );
        same(
          (await all(vfs.grep("/p", "hello", { name: "*.ts", maxResults: 2 }))).length,
          2,
          "lines when there may be two",
        );
        same((await all(vfs.grep("/p/src/a.ts", "hello"))).length, 1, "lines in one file");
        same(
          (await all(vfs.grep("/p", "hello", { recursive: false }))).length,
          1,
          "lines in the directory itself",
        );
        same(await all(vfs.grep("/p", ".*")), [], "a text is no expression");
        await fails("ENOENT", () => all(vfs.grep("/none", "x")), "below nothing");
      },
    },
    "finds what lies across chunks": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const line = `${"é".repeat(32_766)}needle`;
        await vfs.writeFile("/long", `${line}\nshort\n${line}`);
        same(
          (await all(vfs.grep("/long", "needle"))).map(({ line: at, column }) => [at, column]),
          [
            [1, 32_767],
            [3, 32_767],
          ],
          "places",
        );
      },
    },
  }),
];
