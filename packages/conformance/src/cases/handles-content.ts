import { constants, type Flags, type Vfs } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { all, bytes, utf8 } from "../samples.ts";

type AnyHandle = Awaited<ReturnType<Vfs["open"]>>;

/** What an open with these flags may do: read, write; whether it makes the file, needs that it is new, cuts, appends. */
const FLAGS: readonly (readonly [flags: Flags, does: string])[] = [
  ["r", "R"],
  ["rs", "R"],
  ["r+", "RW"],
  ["rs+", "RW"],
  ["w", "W create cut"],
  ["wx", "W create new cut"],
  ["w+", "RW create cut"],
  ["wx+", "RW create new cut"],
  ["a", "W create append"],
  ["ax", "W create new append"],
  ["a+", "RW create append"],
  ["ax+", "RW create new append"],
  ["as", "W create append"],
  ["as+", "RW create append"],
];

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_SYNC, O_DSYNC, O_NOFOLLOW } =
  constants;
const NUMBERS: readonly (readonly [flags: number, does: string])[] = [
  [O_RDONLY, "R"],
  [O_RDONLY | O_NOFOLLOW, "R"],
  [O_RDWR | O_SYNC, "RW"],
  [O_WRONLY | O_DSYNC | O_CREAT, "W create"],
  [O_RDWR | O_CREAT | O_TRUNC, "RW create cut"],
  [O_WRONLY | O_CREAT | O_EXCL, "W create new"],
  [O_WRONLY | O_EXCL, "W"],
  [O_RDWR | O_CREAT | O_APPEND, "RW create append"],
  [O_RDONLY | O_CREAT, "R create"],
];

const WITHOUT_HONOUR: Readonly<Record<string, number>> = {
  O_DIRECTORY: 0o200000,
  O_TMPFILE: 0o20200000,
  O_PATH: 0o10000000,
  O_DIRECT: 0o40000,
  O_ASYNC: 0o20000,
};

async function tryFlags(vfs: Vfs, flags: Flags | number, does: string): Promise<void> {
  const what = typeof flags === "number" ? `0o${flags.toString(8)}` : flags;
  const expect = (word: string): boolean => does.split(" ").includes(word);
  await vfs.rm("/f", { force: true });
  if (expect("create")) await (await vfs.open("/f", flags)).close();
  else await fails("ENOENT", () => vfs.open("/f", flags), `${what} of nothing`);
  await vfs.writeFile("/f", "0123");
  if (expect("new")) return void (await fails("EEXIST", () => vfs.open("/f", flags), `${what} of a file`));
  const handle = await vfs.open("/f", flags);
  same((await handle.stat()).size, expect("cut") ? 0 : 4, `size after ${what}`);
  const [mode = ""] = does.split(" ");
  if (mode.includes("W")) await handle.write("xy", 0);
  else await fails("EBADF", () => handle.write("xy", 0), `write with ${what}`);
  if (mode.includes("R")) await handle.read(new Uint8Array(1), 0, 1, 0);
  else await fails("EBADF", () => handle.read(new Uint8Array(1), 0, 1, 0), `read with ${what}`);
  await handle.close();
  const left = expect("cut") ? "xy" : expect("append") ? "0123xy" : mode.includes("W") ? "xy23" : "0123";
  same(await vfs.readFile("/f", "utf8"), left, `content after ${what}`);
}

/** What everything but `close` says once a handle is closed, or where it was opened for something else. */
function everything(handle: AnyHandle): Record<string, () => Promise<unknown>> {
  return {
    read: () => handle.read(),
    readv: () => handle.readv([new Uint8Array(1)]),
    readFile: () => handle.readFile(),
    readLines: () => all(handle.readLines({ autoClose: false })),
    readableWebStream: () => all(chunksOf(handle.readableWebStream())),
    write: () => handle.write("y"),
    writev: () => handle.writev([utf8("y")]),
    writeFile: () => handle.writeFile("y"),
    appendFile: () => handle.appendFile("y"),
    stat: () => handle.stat(),
    chmod: () => handle.chmod(0o600),
    chown: () => handle.chown(0, 0),
    utimes: () => handle.utimes(1, 1),
    sync: () => handle.sync(),
    datasync: () => handle.datasync(),
  };
}

function nothing(): void {}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
}

/** Handles that are read and written as a whole, by lists of buffers, by lines and as a stream. */
export const handlesContent: Case[] = [
  ...group("open", {
    "knows every flag of Node, by name and by number": {
      needs: canWrite,
      run: async ({ vfs, times }) => {
        // Core makes the same of a name and of its number.
        const numbers = NUMBERS.filter((_, i) => i % times(1, 3) === 0);
        for (const [flags, does] of [...FLAGS, ...numbers]) await tryFlags(vfs, flags, does);
        for (const other of ["sr", "xw", "xa+", "sa"])
          await (await vfs.open(other.startsWith("x") ? `/${other}` : "/f", other as Flags)).close();
        for (const none of ["rx", "w++", "", "x", "ws", "rw"])
          await fails("EINVAL", () => vfs.open("/f", none as Flags), `"${none}"`);
      },
    },
    "refuses by name the flags that it would not honour": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        for (const [name, bit] of Object.entries(WITHOUT_HONOUR)) {
          const { message } = await fails("EINVAL", () => vfs.open("/f", O_RDWR | bit), name);
          check(message.includes(name), `the error names ${name}: ${message}`);
        }
      },
    },
    "with O_NOFOLLOW meets no link at the end, but those on the way": {
      needs: ({ write, symlinks }) => write && symlinks,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/f", "x");
        await vfs.symlink("/d/f", "/link");
        await vfs.symlink("/d", "/way");
        await fails("ELOOP", () => vfs.open("/link", O_RDONLY | O_NOFOLLOW), "a link");
        await fails("ELOOP", () => vfs.open("/link", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW), "to write");
        await (await vfs.open("/way/f", O_RDONLY | O_NOFOLLOW)).close();
        same(await vfs.readFile("/d/f", "utf8"), "x", "content");
      },
    },
    "fails with EBADF after close, whatever is asked": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const handle = await vfs.open("/f", "w+");
        await handle.close();
        for (const [what, action] of Object.entries(everything(handle))) await fails("EBADF", action, what);
      },
    },
    "fails with EBADF against its mode, whatever the way": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        const reader = everything(await vfs.open("/f", "r"));
        for (const what of ["write", "writev", "writeFile", "appendFile"])
          await fails("EBADF", reader[what] ?? nothing, `${what} of a reader`);
        const writer = everything(await vfs.open("/f", "r+"));
        await writer["writev"]?.();
        const appender = await vfs.open("/f", "a");
        for (const what of ["read", "readv", "readFile", "readLines", "readableWebStream"])
          await fails("EBADF", everything(appender)[what] ?? nothing, `${what} of a writer`);
        same(await vfs.readFile("/f", "utf8"), "y", "content");
      },
    },
  }),
  ...group("handle", {
    "readFile reads from where it is to the end": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const data = bytes(200_000);
        await vfs.writeFile("/f", data);
        const handle = await vfs.open("/f", "r");
        same(await handle.readFile(), data, "from the start");
        same(await handle.readFile("utf8"), "", "at the end");
        await handle.close();
        await vfs.writeFile("/f", "0123456789");
        const other = await vfs.open("/f", "r");
        await other.read(new Uint8Array(4));
        same(await other.readFile({ encoding: "utf8" }), "456789", "from the middle");
        await other.close();
        const controller = new AbortController();
        controller.abort(new Error("enough"));
        const again = await vfs.open("/f", "r");
        const failed = await again.readFile({ signal: controller.signal }).catch((reason: unknown) => reason);
        same((failed as Error).message, "enough", "an aborted one");
        await again.close();
      },
    },
    "writeFile writes from where it is and cuts nothing": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "0123456789");
        const handle = await vfs.open("/f", "r+");
        await handle.writeFile("ab");
        await handle.writeFile(["c", utf8("d")]);
        await handle.appendFile("e");
        same(await handle.readFile("utf8"), "56789", "what is left behind it");
        await handle.close();
        same(await vfs.readFile("/f", "utf8"), "abcde56789", "content");
        const appender = await vfs.open("/f", "a");
        await appender.writeFile("X");
        await appender.appendFile("Y");
        await appender.close();
        same(await vfs.readFile("/f", "utf8"), "abcde56789XY", "content after one that appends");
      },
    },
    "readv and writev go through one buffer after another": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const handle = await vfs.open("/f", "w+");
        const parts = [utf8("one"), utf8(""), utf8("two, "), utf8("three")];
        same((await handle.writev(parts)).bytesWritten, 13, "bytes written");
        await handle.writev([utf8("TWO")], 3);
        const buffers = [new Uint8Array(3), new Uint8Array(5), new Uint8Array(10)] as const;
        const { bytesRead, buffers: given } = await handle.readv(buffers, 0);
        same(bytesRead, 13, "bytes read");
        check(given === buffers, "it gives the same list back");
        same(
          buffers.map((buffer) => new TextDecoder().decode(buffer)),
          ["one", "TWO, ", "three\0\0\0\0\0"],
          "what each got",
        );
        same((await handle.readv([new Uint8Array(4)])).bytesRead, 0, "where writev ended");
        await handle.close();
        same(await vfs.readFile("/f", "utf8"), "oneTWO, three", "content");
      },
    },
    "readLines gives the lines from where it is, and closes": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const long = "x".repeat(150_000);
        await vfs.writeFile("/f", `skipped\none\r\ntwo\r\n\r${long}\nlast €`);
        const handle = await vfs.open("/f", "r");
        await handle.read(new Uint8Array(8));
        same(await all(handle.readLines()), ["one", "two", "", long, "last €"], "lines");
        await fails("EBADF", () => handle.stat(), "stat afterwards");
        const kept = await vfs.open("/f", "r");
        for await (const line of kept.readLines({ start: 3, autoClose: false })) {
          same(line, "pped", "the first line from a start");
          break;
        }
        await kept.close();
      },
    },
    "readableWebStream gives all bytes": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const data = bytes(300_000);
        await vfs.writeFile("/f", data);
        const handle = await vfs.open("/f", "r");
        const parts = await all(chunksOf(handle.readableWebStream()));
        same(new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()), data, "content");
        same((await handle.stat()).size, data.length, "the handle is still open");
        await handle.close();
        const other = await vfs.open("/f", "r");
        const reader = other.readableWebStream({ autoClose: true }).getReader({ mode: "byob" });
        const { value } = await reader.read(new Uint8Array(10));
        same(value?.length, 10, "bytes in a buffer of the reader's own");
        await reader.cancel();
        await fails("EBADF", () => other.stat(), "stat after cancel with autoClose");
      },
    },
    "chown changes the owners of the file, not of the name": {
      needs: ({ write, owners }) => write && owners,
      run: async ({ vfs }) => {
        const { uid, gid } = await vfs.stat("/");
        const handle = await vfs.open("/f", "w");
        await vfs.rename("/f", "/g");
        await handle.chown(uid, gid);
        await handle.chown(-1, -1);
        const after = await handle.stat();
        same([after.uid, after.gid], [uid, gid], "owners");
        await handle.close();
      },
    },
    "does the same without waiting, where the store can": {
      needs: ({ write, sync }) => write && sync,
      run: ({ vfs }) => {
        const handle = vfs.sync.open("/f", "w+");
        handle.writeFile(["one\n", "two\n"]);
        handle.appendFile("three");
        same(handle.writev([utf8("ON"), utf8("E")], 0).bytesWritten, 3, "bytes written");
        same(handle.readFile("utf8"), "", "at the end");
        same(handle.readv([new Uint8Array(3)], 4).bytesRead, 3, "bytes read");
        same([...handle.readLines({ start: 0 })], ["ONE", "two", "three"], "lines");
        let thrown: unknown;
        try {
          handle.stat();
        } catch (reason) {
          thrown = reason;
        }
        same((thrown as { code?: string }).code, "EBADF", "after readLines");
      },
    },
  }),
];
