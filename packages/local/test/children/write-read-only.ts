// Tries to replace files that this user may not write, and says what comes of it.
import { createVfs, isVfsError } from "@vfs/core";
import { local } from "../../src/index.ts";

const vfs = createVfs(local({ root: process.argv[2] ?? "" }));

async function outcome(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
    return "ok";
  } catch (reason) {
    return isVfsError(reason) ? reason.code : String(reason);
  }
}

const outcomes = [
  await outcome(() => vfs.writeFile("/f", "new")),
  await outcome(() => vfs.writeStream("/f", ["new"])),
  await outcome(() => vfs.writeFile("/g", "new")),
  await outcome(() => vfs.writeStream("/g", ["new"])),
  await outcome(() => vfs.chown("/g", 0, 0)),
];
console.log(outcomes.join(" "));
await vfs.close();
