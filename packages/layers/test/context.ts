import { ROOT, type Context } from "@vfs/core";

/** What core hands to a provider for a caller who wants nothing special. */
export const CONTEXT: Context = {
  sync: false,
  signal: undefined,
  actor: undefined,
  root: ROOT,
  readOnly: false,
  umask: 0o022,
  resolved: false,
};
