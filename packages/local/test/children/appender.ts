// Appends large blocks of one letter to a file that others append to as well.
import { createVfs } from "@vfs/core";
import { local } from "../../src/index.ts";

const [, , root = "", letter = "", blockBytes = "", blocks = ""] = process.argv;
const vfs = createVfs(local({ root }));
const block = letter.repeat(Number(blockBytes));

for (let i = 0; i < Number(blocks); i++) await vfs.appendFile("/f", block);
await vfs.close();
