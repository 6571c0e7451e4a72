import { parentPort } from "node:worker_threads";
import { syncBridge } from "@vfs/node";

const bridge = await syncBridge(new URL("../stores/delayed-memory.ts", import.meta.url));
bridge.sync.writeFile("/a", "from a worker");
parentPort?.postMessage(bridge.sync.readFile("/a", "utf8"), []);
await bridge.close();
