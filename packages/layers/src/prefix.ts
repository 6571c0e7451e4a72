import {
  addPrefix,
  capabilities,
  changeInSight,
  isLinkMet,
  isPromiseLike,
  isVfsError,
  isWithin,
  LinkMet,
  ROOT,
  stripPrefix,
  unsupported,
  VfsError,
  type AnyCall,
  type Awaitable,
  type Call,
  type Capabilities,
  type ChangesPage,
  type Context,
  type Layer,
  type OpenFile,
  type StoreChange,
  type VPath,
  type WatchReport,
} from "@vfs/core";

/**
 * Shows a directory of a store as if it was the root of the store: nothing outside it can be reached, and no error,
 * listing or event tells of it. The directory must be there, unless the store's directories are implied.
 *
 * @param directory Its path in the store, absolute and without links on it: `/tenants/ada`.
 * @throws TypeError for a path that is not absolute and normal.
 *
 * @example
 * await vfs.mount("/home", bucket, { layers: [prefix("/tenants/ada")] });
 */
export function prefix(directory: string): Layer {
  const base = checked(directory);
  const known: Known = new WeakMap();
  let implied = false;
  return {
    name: "prefix",
    slot: "transform",
    passesMany: true,
    caps: (inner) => {
      implied = inner.directories === "implied";
      return capabilities(lessened(inner, base));
    },
    outward: (change) => outward(base, change),
    handle: (call, next) => {
      refuse(call);
      const answered = (value: unknown): unknown => translated(base, call, value, known);
      const failed = (thrown: unknown): unknown => {
        if (isLinkMet(thrown)) throw shownLink(base, thrown);
        if (implied && call.path === ROOT && isVfsError(thrown, "ENOENT")) return emptyRoot(call, thrown);
        throw call.path === ROOT && isVfsError(thrown, "ENOENT") ? noRoot(thrown) : thrown;
      };
      let result: Awaitable<unknown>;
      try {
        result = (next as (inner: Call) => Awaitable<unknown>)(inward(base, call, known));
      } catch (thrown) {
        return failed(thrown);
      }
      return isPromiseLike(result) ? result.then(answered, failed) : answered(result);
    },
  };
}

function checked(directory: string): VPath {
  const names = directory.split("/").slice(1);
  const isNormal = names.every(
    (name) => name !== "" && name !== "." && name !== ".." && !name.includes("\0"),
  );
  if (!directory.startsWith("/") || !isNormal)
    throw new TypeError(`prefix needs an absolute, normal path below the root, got "${directory}"`);
  return directory as VPath;
}

/** How full a part of the store is, nobody knows; and part of the length of a path is taken. */
function lessened(inner: Capabilities, base: VPath): Capabilities {
  const { limits } = inner;
  if (limits.pathBytes === undefined) return { ...inner, snapshots: false, usage: false };
  const taken = new TextEncoder().encode(base).length;
  return {
    ...inner,
    snapshots: false,
    usage: false,
    limits: { ...limits, pathBytes: limits.pathBytes - taken },
  };
}

/** What nobody may do to the root of a store, or cannot be told of a part. */
function refuse(call: AnyCall): void {
  if (call.op === "usage")
    throw unsupported("how full a part of a store is, is not known: use du, or ask the whole store");
  if (call.op === "remove" && call.path === ROOT)
    throw new VfsError(call.args.kind === "file" ? "EISDIR" : "EBUSY", {
      hint: "the root of a store cannot be removed",
    });
  if (call.op === "rename" && (call.path === ROOT || call.to === ROOT))
    throw new VfsError("EBUSY", { hint: "the root of a store cannot be renamed" });
}

/** How a file that was opened through a prefix is known below that. */
type Known = WeakMap<OpenFile, OpenFile["shownPath"]>;

/** The call as the store knows it. */
function inward(base: VPath, call: AnyCall, known: Known): Call {
  const { file, ctx } = call;
  if (file !== undefined) {
    // It may have been moved to where it has no name here: what is below knows where.
    return (call as Call).with({ path: known.get(file)?.(file.localPath) ?? file.localPath });
  }
  const to = call.to === undefined ? undefined : addPrefix(call.to, base);
  const inner = (call as Call).with({ path: addPrefix(call.path, base), to, ctx: inside(base, ctx) });
  if (call.op !== "watch") return inner;
  const { report } = call.args;
  return inner.with({ args: { ...call.args, report: shownReport(base, report) } });
}

/** Where the caller's root lies in the store, for the rights that are asked about below it. */
function inside(base: VPath, ctx: Context): Context {
  const { identity } = ctx;
  if (identity === undefined) return ctx;
  return { ...ctx, identity: { ...identity, root: addPrefix(identity.root, base) } };
}

/** What the store answered, as it looks from here. */
function translated(base: VPath, call: AnyCall, value: unknown, known: Known): unknown {
  if (call.op === "open") showFile(base, value as OpenFile, known);
  if (call.op !== "changes") return value;
  const page = value as ChangesPage;
  return { ...page, changes: page.changes.flatMap((change) => seen(base, change) ?? []) };
}

/** Lets a handle be known by its path here. One that was moved out of sight keeps the last that it had. */
function showFile(base: VPath, file: OpenFile, known: Known): void {
  const below = file.shownPath;
  known.set(file, below);
  let last = ROOT;
  file.shownPath = (local) => {
    const path = below(local);
    if (isWithin(path, base)) last = stripPrefix(path, base);
    return last;
  };
}

function shownReport(base: VPath, report: WatchReport): WatchReport {
  return {
    lost: () => report.lost(),
    failed: (reason) => report.failed(reason),
    changes: (changes) => {
      const shown = changes.flatMap((change) => seen(base, change) ?? []);
      if (shown.length > 0) report.changes(shown);
    },
  };
}

/** A change as it looks from here. */
function seen(base: VPath, change: StoreChange): StoreChange | undefined {
  const found = changeInSight(change, { base, recursive: true });
  if (found === undefined) return undefined;
  const { path, oldPath } = found;
  const from = oldPath === undefined ? {} : { oldPath: stripPrefix(oldPath, base) };
  return { ...found, path: stripPrefix(path, base), ...from };
}

/** As {@link seen}; when something above has come or gone, everything here may be another. */
function outward(base: VPath, change: StoreChange): StoreChange | undefined {
  const above = (path: VPath | undefined): boolean => path !== undefined && isWithin(base, path);
  if (above(change.path) || above(change.oldPath)) return { kind: "changed", path: ROOT };
  return seen(base, change);
}

function shownLink(base: VPath, met: LinkMet): LinkMet | VfsError {
  if (met.at !== base && isWithin(met.at, base))
    return new LinkMet(stripPrefix(met.at, base), met.target, met.rest);
  return new VfsError("ELOOP", {
    hint: "the directory of prefix() is, or lies behind, a link: give its real path",
  });
}

function noRoot(cause: VfsError): VfsError {
  return new VfsError("ENOENT", {
    cause,
    hint: "the directory of prefix() is not in the store: make it there first",
  });
}

/** The root of a store whose directories are implied is there before anything lies in it. */
function emptyRoot({ op }: AnyCall, thrown: VfsError): unknown {
  if (op === "stat") return { type: "directory", size: 0, mtimeMs: 0 };
  if (op === "list" || op === "find" || op === "scan") return { items: [] };
  throw thrown;
}
