import { ROOT, type Context } from "@vfs/core";

/** For what is done on nobody's behalf: `diff`, `commit`, `discard`. */
export const OWN: Context = {
  sync: false,
  signal: undefined,
  actor: undefined,
  root: ROOT,
  readOnly: false,
  umask: 0,
  resolved: false,
};
