import { group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";

/** How full a store is, and how much room it has. */
export const room: Case[] = [
  ...group("usage", {
    "follows what is stored": {
      needs: ({ write, usage }) => write && usage,
      run: async ({ vfs }) => {
        const before = await vfs.usage("/");
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/a", new Uint8Array(100_000));
        await vfs.writeFile("/d/b", new Uint8Array(50_000));
        await vfs.writeFile("/d/b", new Uint8Array(60_000));
        await vfs.appendFile("/d/b", new Uint8Array(1000));
        const full = await vfs.usage("/");
        same([full.bytes - before.bytes, full.files - before.files], [161_000, 3], "after writing");
        await vfs.truncate("/d/b", 1000);
        await vfs.rename("/d", "/e");
        const moved = await vfs.usage("/");
        same([moved.bytes - before.bytes, moved.files - before.files], [101_000, 3], "after truncating");
        await vfs.rm("/e", { recursive: true });
        same(await vfs.usage("/"), before, "after removing");
      },
    },
    "is refused where the store does not know": {
      needs: ({ usage }) => !usage,
      run: async ({ vfs, caps }) => {
        await fails("ENOTSUP", () => vfs.usage("/"), "usage");
        if (!caps.statfs) await fails("ENOTSUP", () => vfs.statfs("/"), "statfs");
        same((await vfs.info()).mounts.length >= 1, true, "info");
      },
    },
  }),
  ...group("statfs", {
    "tells of room, whole and free": {
      needs: ({ usage, statfs }) => usage || statfs,
      run: async ({ vfs }) => {
        const { bsize, blocks, bfree, bavail, files, ffree } = await vfs.statfs("/");
        check(bsize >= 512, `a block has bytes: ${bsize}`);
        check(blocks >= bfree && bfree >= bavail && bavail >= 0, `blocks: ${blocks}, ${bfree}, ${bavail}`);
        check(blocks > 0 && bavail > 0, "there is room");
        check(files >= ffree && ffree >= 0, `files: ${files}, ${ffree}`);
        await fails("ENOENT", () => vfs.statfs("/none"), "of nothing");
      },
    },
  }),
];
