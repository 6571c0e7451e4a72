import type { OpenFlags, ProviderFile, Vfs, VPath } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { CONTEXT } from "../context.ts";
import { bytes } from "../samples.ts";

const READ_WRITE: OpenFlags = {
  read: true,
  write: true,
  append: false,
  create: false,
  exclusive: false,
  truncate: false,
};

type AnyHandle = Awaited<ReturnType<Vfs["open"]>>;

/** The text from `position` on, at most `length` bytes. */
async function textAt(handle: AnyHandle, position: number | null, length = 100): Promise<string> {
  const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, position);
  return new TextDecoder().decode(buffer.subarray(0, bytesRead));
}

export const handles: Case[] = [
  ...group("open", {
    "reads and writes where it is told, or one after another": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "0123456789");
        const handle = await vfs.open("/f", "r+");
        same(await textAt(handle, 3, 4), "3456", "at a position");
        same(await textAt(handle, null, 4), "0123", "the first without one");
        same(await textAt(handle, null, 4), "4567", "the second");
        same(await textAt(handle, 8), "89", "short at the end");
        same(await textAt(handle, 10), "", "nothing at the end");
        same(await textAt(handle, 1000), "", "nothing behind the end");
        await handle.write("ab", 1);
        await handle.write(new Uint8Array([120, 121, 122]), 1, 1, 9);
        await handle.write("!!!!");
        same(await textAt(handle, 0), "0ab34567!!!!", "what was written");
        same((await handle.stat()).size, 12, "size");
        await handle.close();
        same(await vfs.readFile("/f", "utf8"), "0ab34567!!!!", "content after close");
      },
    },
    "does what its flags say": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await fails("ENOENT", () => vfs.open("/f"), "r of nothing");
        await fails("ENOENT", () => vfs.open("/f", "r+"), "r+ of nothing");
        await using(await vfs.open("/f", "wx"), (handle) => handle.write("first"));
        await fails("EEXIST", () => vfs.open("/f", "wx"), "wx of something");
        await fails("EEXIST", () => vfs.open("/f", "ax"), "ax of something");
        await using(await vfs.open("/f", "a+"), async (handle) => {
          await handle.write(" second", 0);
          same(await textAt(handle, 0), "first second", "a+ writes at the end");
        });
        await using(await vfs.open("/f", "w+"), async (handle) => {
          same((await handle.stat()).size, 0, "size after w+");
          await handle.write("third");
          same(await textAt(handle, 0), "third", "w+ reads");
        });
        await using(await vfs.open("/g", 0o102), (handle) => handle.write("by number"));
        same(await vfs.readFile("/g", "utf8"), "by number", "O_CREAT | O_RDWR");
        await fails("EISDIR", () => vfs.open("/", "r+"), "a directory");
        await fails("EINVAL", () => vfs.open("/f", "z" as "r"), "an unknown flag");
      },
    },
    "fails with EBADF against its mode and after close": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        const reader = await vfs.open("/f", "r");
        await fails("EBADF", () => reader.write("y"), "write");
        await fails("EINVAL", () => reader.truncate(0), "truncate");
        await reader.close();
        await reader.close();
        const writer = await vfs.open("/f", "a");
        await fails("EBADF", () => writer.read(), "read");
        await writer.close();
        for (const [what, action] of [
          ["read", () => reader.read()],
          ["stat", () => reader.stat()],
          ["sync", () => reader.sync()],
        ] as const)
          await fails("EBADF", action, `${what} after close`);
        same(await vfs.readFile("/f", "utf8"), "x", "content");
      },
    },
    "goes on after the name is gone": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const data = bytes(100_000);
        await vfs.writeFile("/f", data);
        const handle = await vfs.open("/f", "r+");
        await vfs.unlink("/f");
        same(await vfs.exists("/f"), false, "the name");
        const { bytesRead, buffer } = await handle.read(new Uint8Array(200_000), 0, 200_000, 0);
        same(buffer.subarray(0, bytesRead), data, "content");
        await handle.write("new", 0);
        same(await textAt(handle, 0, 3), "new", "what was written without a name");
        await vfs.writeFile("/f", "another file");
        same(await textAt(handle, 0, 3), "new", "beside a new file of the same name");
        await handle.truncate(1);
        same((await handle.stat()).size, 1, "size");
        await handle.close();
        same(await vfs.readFile("/f", "utf8"), "another file", "the new file");
      },
    },
    "follows a rename": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/f", "one");
        const handle = await vfs.open("/d/f", "r+");
        await handle.write("two", 0);
        await vfs.rename("/d/f", "/d/g");
        await handle.write("!", 3);
        await vfs.rename("/d", "/e");
        await handle.write("?", 4);
        await vfs.writeFile("/e/f", "another");
        await handle.close();
        same(await vfs.readFile("/e/g", "utf8"), "two!?", "content under the new name");
        same(await vfs.readFile("/e/f", "utf8"), "another", "a new file under the old name");
      },
    },
    "outlives a rename onto its name": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/a", "new");
        await vfs.writeFile("/b", "old content");
        const handle = await vfs.open("/b", "r+");
        await vfs.rename("/a", "/b");
        same(await textAt(handle, 0), "old content", "what the handle reads");
        await handle.write("X", 0);
        await handle.close();
        same(await vfs.readFile("/b", "utf8"), "new", "content of the name");
      },
    },
    "loses nothing of two who append": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const one = await vfs.open("/log", "a");
        const two = await vfs.open("/log", "a");
        await Promise.all(
          Array.from({ length: 20 }, (_, i) => [one.write(`one ${i}\n`), two.write(`two ${i}\n`)]).flat(),
        );
        await one.close();
        await two.close();
        const lines = (await vfs.readFile("/log", "utf8")).split("\n").filter(Boolean);
        same(lines.length, 40, "lines");
        same(new Set(lines).size, 40, "different lines");
      },
    },
    "changes mode and times of the file, not of the name": {
      needs: ({ write, modes, times }) => write && modes && times !== "none",
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        const handle = await vfs.open("/f", "r+");
        await vfs.rename("/f", "/g");
        await vfs.writeFile("/f", "another");
        await handle.chmod(0o600);
        await handle.utimes(1000, new Date(2_000_000));
        const { mode, mtimeMs } = await handle.stat();
        same([mode & 0o7777, mtimeMs], [0o600, 2_000_000], "by the handle");
        await handle.close();
        same((await vfs.stat("/g")).mode & 0o7777, 0o600, "mode under the new name");
        same((await vfs.stat("/g")).mtimeMs, 2_000_000, "time under the new name");
        same((await vfs.stat("/f")).mode & 0o7777, 0o644, "mode of another file under the old name");
      },
    },
    "leaves zeros where nothing was written": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const handle = await vfs.open("/sparse", "w+");
        await handle.write("end", 3_000_000);
        await handle.write("start", 0);
        same((await handle.stat()).size, 3_000_003, "size");
        await handle.truncate(3_000_010);
        const { buffer, bytesRead } = await handle.read(new Uint8Array(3_000_010).fill(255), 0, 3_000_010, 0);
        same(bytesRead, 3_000_010, "bytes read");
        same(new TextDecoder().decode(buffer.subarray(0, 5)), "start", "the start");
        check(
          buffer.subarray(5, 3_000_000).every((byte) => byte === 0),
          "zeros in the hole",
        );
        same(new TextDecoder().decode(buffer.subarray(3_000_000, 3_000_003)), "end", "the end");
        check(
          buffer.subarray(3_000_003).every((byte) => byte === 0),
          "zeros behind the end",
        );
        await handle.truncate(2);
        await handle.truncate(8);
        same(
          (await handle.read(new Uint8Array(8), 0, 8, 0)).buffer,
          new Uint8Array([115, 116, 0, 0, 0, 0, 0, 0]),
          "after cutting",
        );
        await handle.close();
      },
    },
    "reads one after another without mixing up": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "abcdefghij");
        const handle = await vfs.open("/f", "r");
        const parts = await Promise.all(Array.from({ length: 5 }, () => handle.read(new Uint8Array(2))));
        same(
          parts.map(({ buffer }) => new TextDecoder().decode(buffer)).join(""),
          "abcdefghij",
          "ten bytes by five reads at once",
        );
        await handle.close();
      },
    },
    "that is closed meanwhile goes on with what is under way, in that file and in no other": {
      needs: ({ write, open, modes, times }) => write && open && modes && times !== "none",
      run: async ({ vfs, provider }) => {
        await vfs.writeFile("/f", "x");
        await vfs.writeFile("/g", "y");
        const { mode, mtimeMs } = await vfs.stat("/g");
        for (let round = 0; round < 8; round++) {
          const file = (await provider.open?.("/f" as VPath, { flags: READ_WRITE }, CONTEXT)) as ProviderFile;
          const changed = file.setStat?.({ mode: 0o601, mtimeMs: 5000 }, CONTEXT);
          const underWay = Promise.allSettled([changed, file.close(CONTEXT)]);
          // Whatever was told apart by a number before may have that number by now.
          const others = await Promise.all(Array.from({ length: 4 }, () => vfs.open("/g", "r+")));
          await underWay;
          await Promise.all(others.map((other) => other.close()));
        }
        const after = await vfs.stat("/g");
        same([after.mode, after.mtimeMs], [mode, mtimeMs], "mode and time of the other file");
      },
    },
    "ends by itself with await using": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const handle = await vfs.open("/f", "w");
        await handle.write("x");
        await handle[Symbol.asyncDispose]();
        await fails("EBADF", () => handle.write("y"), "write after");
        same(vfs.mounts()[0]?.openFiles, 0, "open files");
      },
    },
    "refuses positions that are none": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const handle = await vfs.open("/f", "w+");
        for (const action of [
          () => handle.write("x", 1.5),
          () => handle.truncate(Number.NaN),
          () => handle.read(new Uint8Array(4), 5),
        ]) {
          const thrown = await action().then(
            () => undefined,
            (reason: unknown) => reason,
          );
          check(thrown instanceof RangeError, "a RangeError");
        }
        await handle.close();
      },
    },
  }),
];

async function using(handle: AnyHandle, action: (handle: AnyHandle) => Promise<unknown>): Promise<void> {
  try {
    await action(handle);
  } finally {
    await handle.close();
  }
}
