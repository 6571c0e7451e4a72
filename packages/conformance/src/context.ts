import type { Context, VPath } from "@vfs/core";

/**
 * What core hands to a provider for a caller who wants nothing special: to call its methods without core around it.
 *
 * @example
 * await provider.stat("/f" as VPath, {}, CONTEXT);
 */
export const CONTEXT: Context = {
  sync: false,
  signal: undefined,
  actor: undefined,
  root: "/" as VPath,
  readOnly: false,
  umask: 0o022,
  resolved: false,
};
