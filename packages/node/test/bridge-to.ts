import { syncBridge, type SyncBridge, type SyncBridgeOptions } from "../src/index.ts";

/** A bridge to one of the modules in `stores`, run from the sources. */
export function bridgeTo(store: string, options: SyncBridgeOptions = {}): Promise<SyncBridge> {
  const worker = { execArgv: ["--conditions=@vfs/source"], ...options.worker };
  return syncBridge(new URL(`stores/${store}.ts`, import.meta.url), { ...options, worker });
}
