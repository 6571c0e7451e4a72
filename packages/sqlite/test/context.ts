import { CONTEXT as USUAL } from "@vfs/conformance";
import type { Context } from "@vfs/core";

/** What core hands to a provider for a caller who wants nothing special, and takes no bits away. */
export const CONTEXT: Context = { ...USUAL, umask: 0 };
