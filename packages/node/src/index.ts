export { toNodeFs } from "./node-fs.ts";
export { syncBridge, type SyncBridge, type SyncBridgeOptions } from "./bridge/sync-bridge.ts";
