// Writes files that may be written, but not replaced, and says what comes of it.
import { createVfs, isVfsError } from "@vfs/core";
import { local } from "../../src/index.ts";

const vfs = createVfs(local({ root: process.argv[2] ?? "" }));

async function outcome(action: () => unknown): Promise<string> {
  try {
    await action();
    return "ok";
  } catch (reason) {
    return isVfsError(reason) ? reason.code : String(reason);
  }
}

const outcomes: string[] = [];
for (const directory of ["/closed", "/sticky"])
  outcomes.push(
    await outcome(() => vfs.writeFile(`${directory}/write`, "new")),
    await outcome(() => vfs.sync.writeFile(`${directory}/sync`, "new")),
    await outcome(() => vfs.copyFile("/from", `${directory}/copy`)),
    await outcome(() => vfs.writeStream(`${directory}/stream`, ["new"])),
    await outcome(() => vfs.writeFile(`${directory}/foreign`, "new")),
  );
console.log(outcomes.join(" "));
await vfs.close();
