import { createVfs, type Layer, type Vfs } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { bytes } from "../samples.ts";

type AnyHandle = Awaited<ReturnType<Vfs["open"]>>;

async function whole(handle: AnyHandle): Promise<string> {
  const { bytesRead, buffer } = await handle.read(new Uint8Array(100), 0, 100, 0);
  return new TextDecoder().decode(buffer.subarray(0, bytesRead));
}

/** Open files while others work on their paths. */
export const handlesAmongOthers: Case[] = [
  ...group("open", {
    "shows each handle what the other wrote": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const one = await vfs.open("/f", "w+");
        const two = await vfs.open("/f", "r+");
        await one.write("from one", 0);
        same(await whole(two), "from one", "what the second reads");
        await two.write("FROM", 0);
        same(await whole(one), "FROM one", "what the first reads");
        await two.truncate(4);
        same((await one.stat()).size, 4, "size by the first");
        await one.close();
        await two.write("!", 4);
        await two.close();
        same(await vfs.readFile("/f", "utf8"), "FROM!", "content");
      },
    },
    "shows the path what a handle wrote": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const handle = await vfs.open("/f", "w");
        same((await vfs.stat("/f")).size, 0, "size at first");
        await handle.write("0123456789");
        same(await vfs.readFile("/f", "utf8"), "0123456789", "content before close");
        same((await vfs.stat("/f")).size, 10, "size before close");
        await vfs.appendFile("/f", "!");
        await handle.write("ab", 0);
        await handle.sync();
        same(await vfs.readFile("/f", "utf8"), "ab23456789!", "content after both wrote");
        await handle.close();
        same(await vfs.readFile("/f", "utf8"), "ab23456789!", "content after close");
      },
    },
    "with w cuts the file that another handle has open": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "0123456789");
        const first = await vfs.open("/f", "r+");
        await first.write("ab", 0);
        const second = await vfs.open("/f", "w+");
        same(await whole(first), "", "what the first sees then");
        await second.write("xyz", 0);
        same(await whole(first), "xyz", "what the second wrote");
        await first.write("!", 3);
        await first.close();
        same(await whole(second), "xyz!", "what the first wrote");
        await second.close();
        same(await vfs.readFile("/f", "utf8"), "xyz!", "content");
      },
    },
    "shows to every path call what is written and not closed": {
      needs: canWrite,
      run: async ({ vfs, caps }) => {
        await vfs.writeFile("/f", "01");
        const handle = await vfs.open("/f", "a");
        await handle.write("234");
        same((await vfs.stat("/f")).size, 5, "size by stat");
        same(await vfs.readFile("/f", "utf8"), "01234", "content");
        same(await vfs.readFile("/f", { encoding: "utf8", start: 1, end: 4 }), "123", "a range");
        same(await vfs.checksum("/f"), await checksumOf(vfs, "01234"), "checksum");
        const [entry] = await vfs.ls("/");
        same(entry?.stat?.size, 5, "size in a listing");
        await vfs.copyFile("/f", "/copy");
        same(await vfs.readFile("/copy", "utf8"), "01234", "content of a copy");
        if (caps.etag) check((await vfs.stat("/copy")).etag !== undefined, "the copy has an etag");
        await vfs.appendFile("/f", "56");
        await handle.write("78");
        await handle.close();
        same(await vfs.readFile("/f", "utf8"), "012345678", "content in the end");
      },
    },
    "goes on while its file is renamed to and fro": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/a", "");
        const handle = await vfs.open("/a", "r+");
        const data = bytes(20);
        const writing = (async () => {
          for (let i = 0; i < 20; i++) await handle.write(data, i, 1, i);
        })();
        for (let i = 0; i < 5; i++) {
          await vfs.rename("/a", "/b");
          await handle.sync();
          await vfs.rename("/b", "/a");
        }
        await writing;
        await handle.close();
        same(await vfs.readdir("/"), ["a"], "names");
        same(await vfs.readFile("/a"), data, "content");
      },
    },
    "goes on when its directory is renamed": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d/e", { recursive: true });
        const handle = await vfs.open("/d/e/f", "w+");
        await handle.write("one");
        await vfs.rename("/d", "/z");
        await handle.write(" two");
        same(await whole(handle), "one two", "by the handle");
        await handle.close();
        same(await vfs.readFile("/z/e/f", "utf8"), "one two", "content");
        same(await vfs.exists("/d"), false, "the old name");
      },
    },
    "has no name left after a removal": {
      needs: canWrite,
      run: async ({ vfs, caps }) => {
        await vfs.writeFile("/f", bytes(50_000));
        const handle = await vfs.open("/f", "r+");
        await vfs.unlink("/f");
        same((await handle.stat()).nlink, 0, "names");
        same((await handle.read(new Uint8Array(60_000))).bytesRead, 50_000, "bytes that are read");
        await vfs.writeFile("/f", "new");
        await handle.write("old", 0);
        await handle.close();
        same(await vfs.readFile("/f", "utf8"), "new", "content of what has the name now");
        if (caps.usage) same((await vfs.usage("/")).bytes, 3, "bytes in use after closing");
      },
    },
    "with an empty write behind the end changes nothing": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "abc");
        const handle = await vfs.open("/f", "r+");
        await handle.write("", 100);
        await handle.write(new Uint8Array(0), 0, 0, 100);
        same((await handle.stat()).size, 3, "size");
        await handle.close();
        same(await vfs.readFile("/f", "utf8"), "abc", "content");
      },
    },
    "with a+ reads on where the append ended": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "0123");
        const handle = await vfs.open("/f", "a+");
        same((await handle.read(new Uint8Array(2))).bytesRead, 2, "before");
        await handle.write("45");
        same((await handle.read(new Uint8Array(2))).bytesRead, 0, "after");
        await handle.close();
      },
    },
    "with s is there for everybody after each write": {
      needs: canWrite,
      run: async ({ vfs, provider }) => {
        const handle = await vfs.open("/f", "as");
        await handle.write("one");
        await using other = createVfs(provider, { keepOpen: true });
        const path = (await other.exists("/f")) ? "/f" : undefined;
        if (path !== undefined) same(await other.readFile(path, "utf8"), "one", "by another Vfs");
        await handle.close();
        same(await vfs.readFile("/f", "utf8"), "one", "content");
      },
    },
    "refuses what its flags do not go with": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await fails("EINVAL", () => vfs.open("/f", 3), "an access that is none");
        await fails("EINVAL", () => vfs.writeStream("/f", ["y"], { flag: "a" }), "a stream that appends");
        await fails("EINVAL", () => vfs.writeFile("/f", "y", { flag: "a", meta: { a: "b" } }), "a with meta");
        same(await vfs.readFile("/f", "utf8"), "x", "content");
      },
    },
    "refuses to write beyond all sizes": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const handle = await vfs.open("/f", "w");
        await fails("EFBIG", () => handle.write("xx", Number.MAX_SAFE_INTEGER), "write");
        await handle.close();
        same((await vfs.stat("/f")).size, 0, "size");
      },
    },
    "closes whatever a policy says to that": {
      needs: canWrite,
      run: async ({ provider }) => {
        const deny: Layer = {
          name: "deny",
          slot: "policy",
          handle: (call, next) => {
            if (call.op === "file.close") throw new Error("denied");
            return next(call);
          },
        };
        await using vfs = createVfs(provider, { layers: [deny], keepOpen: true });
        const handle = await vfs.open("/f", "w");
        await handle.write("x");
        await handle.close();
        same(vfs.mounts()[0]?.openFiles, 0, "files open");
        same(await vfs.readFile("/f", "utf8"), "x", "content");
      },
    },
    "is written back when its signal ends the call that opened it": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "0");
        const controller = new AbortController();
        const source = (async function* () {
          yield "1";
          controller.abort(new Error("enough"));
          yield "2";
        })();
        const { signal } = controller;
        const failed = await vfs
          .writeFile("/f", source, { flag: "a", signal })
          .catch((reason: unknown) => reason);
        same((failed as Error).message, "enough", "the signal's reason");
        same(vfs.mounts().at(-1)?.openFiles, 0, "files open");
        same(await vfs.readFile("/f", "utf8"), "01", "content");
      },
    },
  }),
];

async function checksumOf(vfs: Vfs, text: string): Promise<string> {
  await vfs.writeFile("/.checksum", text);
  const digest = await vfs.checksum("/.checksum");
  await vfs.unlink("/.checksum");
  return digest;
}
