import {
  isWithin,
  unsupported,
  type AnyCall,
  type Call,
  type ChangesPage,
  type Next,
  type VPath,
} from "@vfs/core";
import { translated, toUserChanges } from "./reports.ts";
import type { EncryptedStore } from "./store.ts";

/**
 * Does a call whose paths are those of the store.
 *
 * @param asked The call as it came, with the paths that the user knows.
 */
export async function handleStored(
  call: AnyCall,
  asked: AnyCall,
  store: EncryptedStore,
  next: Next,
): Promise<unknown> {
  const { names } = store;
  switch (call.op) {
    case "stat":
      return store.shown(await next(call));
    case "list":
      return store.list(call);
    case "read":
      return store.read(call);
    case "readStream":
      return store.readStream(call);
    case "write":
      return store.write(call);
    case "writeStream":
      return store.writeStream(call);
    case "append":
      return store.append(call);
    case "truncate":
      return store.truncate(call);
    case "copy":
      return store.copy(call);
    case "open":
      return store.open(call, asked.path);
    case "rename":
      await next(call);
      return follow(store, call, asked);
    case "readlink":
      return names.targetToUser(await next(call));
    case "symlink":
      return next(call.with({ args: { target: await names.targetToStore(call.args.target) } }));
    case "watch":
      return next(call.with({ args: { ...call.args, report: translated(call.args.report, names) } }));
    case "changes":
      return changes(await next(call), store);
    case "find":
    case "scan":
      throw unsupported("the store cannot search what is encrypted; list it");
    case "writeMany":
      throw unsupported("what is encrypted is written one file at a time");
    case "usage":
      throw unsupported("the store knows only how much room the encrypted files take");
    default:
      // What is not named here has neither content nor names, but for its paths.
      return next(call as Call);
  }
}

/** Open files follow a rename: core has told them where they lie in the store, which is not what the user calls it. */
function follow(store: EncryptedStore, call: Call<"rename">, asked: AnyCall): void {
  const { path, to = path } = call;
  for (const [file, stored] of store.opened) {
    if (file.closed) store.opened.delete(file);
    else if (isWithin(stored, path)) {
      store.opened.set(file, (to + stored.slice(path.length)) as VPath);
      file.localPath = ((asked.to ?? asked.path) + file.localPath.slice(asked.path.length)) as VPath;
    }
  }
}

async function changes(page: ChangesPage, { names }: EncryptedStore): Promise<ChangesPage> {
  return { ...page, changes: await toUserChanges(page.changes, names) };
}
