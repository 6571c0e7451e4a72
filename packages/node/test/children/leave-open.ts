import { createVfs } from "@vfs/core";
import { syncBridge } from "@vfs/node";

// Ends without closing its bridge.
const bridge = await syncBridge(new URL("../stores/delayed-memory.ts", import.meta.url));
bridge.sync.writeFile("/a", "sync\n");
process.stdout.write(bridge.sync.readFile("/a", "utf8"));
const vfs = createVfs(bridge.provider);
void vfs
  .writeFile("/b", "async\n")
  .then(() => vfs.readFile("/b", "utf8"))
  .then((text) => process.stdout.write(text));
