import { isVfsError, type Stats, type Vfs } from "@vfs/core";
import { whole } from "./wire.ts";

const PLENTY = 2 ** 28;

/** How much room the files have. */
export async function statfs(vfs: Vfs): Promise<object> {
  try {
    const { bsize, blocks, bfree, bavail } = await vfs.statfs("/");
    if (blocks > 0) return { bsize, blocks, bfree, bavail };
  } catch (error) {
    if (!isVfsError(error, "ENOTSUP")) throw error;
  }
  // A store that knows no bound looks like a disk with room enough.
  return { bsize: 4096, blocks: PLENTY, bfree: PLENTY, bavail: PLENTY };
}

/** Which file it is, by whichever name and Vfs; in a store without inode numbers its path has to do. */
export function identityOf({ dev, ino }: Stats, path: string): string {
  return whole(ino) === 0 ? `${dev} ${path}` : `${dev}:${ino}`;
}
