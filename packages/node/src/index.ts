export { toNodeFs, type NodeFs } from "./node-fs.ts";
export { syncBridge, type SyncBridge, type SyncBridgeOptions } from "./bridge/sync-bridge.ts";
export { toIFileSystem, type BashDirent, type BashFileSystem, type BashStat } from "./bash-file-system.ts";
export { toVirtualProvider, type NodeVirtualProvider } from "./virtual/to-virtual-provider.ts";
