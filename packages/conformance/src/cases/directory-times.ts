import type { Capabilities, Vfs } from "@vfs/core";
import { group, type Case } from "../case.ts";
import { check } from "../check.ts";

/** Clocks of filesystems may tick so rarely. */
const LONGEST_MS = 3000;

/** Whether directories are things of their own, which note what happens in them. */
const hasOwnTimes = ({ write, directories, inodes }: Capabilities): boolean =>
  write && directories === "real" && inodes;

export const directoryTimes: Case[] = [
  ...group("mtime of a directory", {
    "moves with each name that comes or goes": {
      needs: hasOwnTimes,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await moves(vfs, "a new file", (n) => vfs.writeFile(`/d/f${n}`, "x"));
        await moves(vfs, "a new directory", (n) => vfs.mkdir(`/d/d${n}`));
        await moves(vfs, "a name that goes", async (n) => {
          await vfs.writeFile("/d/gone", `${n}`);
          await vfs.unlink("/d/gone");
        });
      },
    },
    "moves with a rename into it and out of it": {
      needs: (caps) => hasOwnTimes(caps) && caps.rename !== "none",
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/f", "x");
        await moves(vfs, "a rename", (n) =>
          n % 2 === 0 ? vfs.rename("/f", "/d/f") : vfs.rename("/d/f", "/f"),
        );
      },
    },
  }),
];

/** Fails unless the time moves with `change`, made as often as the clock needs to move. */
async function moves(vfs: Vfs, what: string, change: (n: number) => Promise<unknown>): Promise<void> {
  const { mtimeMs } = await vfs.stat("/d");
  const end = Date.now() + LONGEST_MS;
  for (let n = 0; Date.now() < end; n++) {
    await change(n);
    if ((await vfs.stat("/d")).mtimeMs > mtimeMs) return;
  }
  check(false, `the time moves with ${what}`);
}
