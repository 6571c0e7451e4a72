import type { Awaitable } from "./awaitable.ts";
import type { Context } from "./context.ts";
import { mustNotWait } from "./emulate/chunks.ts";
import { VfsError } from "./error.ts";
import { asyncHandle, syncHandle } from "./handle-faces.ts";
import type { Flags } from "./flags.ts";
import { iterate, iterateSync, type Emitter } from "./flow.ts";
import type { ViewOptions, WatchOptions } from "./options.ts";
import { identityOf, isRoot, sameIdentity, type Identity, type IdentityOptions } from "./identity.ts";
import { checkMode } from "./numbers.ts";
import { normalizePath, ROOT, type VPath } from "./path.ts";
import { now, Place, Scope } from "./scope.ts";
import type { Immediate, Verbs, Vfs, VfsSync } from "./vfs.ts";
import { batch } from "./verbs/batch.ts";
import { changes } from "./verbs/changes.ts";
import { checksum } from "./verbs/checksum.ts";
import { cp } from "./verbs/copy.ts";
import { ls, mkdir, mkdtemp, opendir, readdir } from "./verbs/directories.ts";
import { copyFile } from "./verbs/copy-file.ts";
import { appendFile, open, readFile, touch, truncate, writeFile } from "./verbs/files.ts";
import { find } from "./verbs/find.ts";
import { glob } from "./verbs/glob.ts";
import { grep } from "./verbs/grep.ts";
import { describeMount, flush, info, statfs, usage, visibleMounts } from "./verbs/info.ts";
import { link, readlink, realpath, symlink } from "./verbs/links.ts";
import {
  access,
  chmod,
  chown,
  exists,
  lchown,
  lstat,
  lutimes,
  setMeta,
  stat,
  utimes,
} from "./verbs/metadata.ts";
import { close, mount, refuseInView, unmount } from "./verbs/mounting.ts";
import { mv, rename } from "./verbs/move.ts";
import { cd } from "./verbs/place.ts";
import { rm, rmdir, unlink } from "./verbs/remove.ts";
import { storeSnapshots } from "./verbs/snapshots.ts";
import { readStream, writeStream } from "./verbs/streams.ts";
import { du, tree } from "./verbs/tree.ts";
import { watch } from "./verbs/watch.ts";

/** The verbs that answer with one value, each once for both faces. */
const VALUES = {
  readFile,
  writeFile,
  appendFile,
  truncate,
  copyFile,
  touch,
  readdir,
  ls,
  mkdir,
  mkdtemp,
  rm,
  rmdir,
  unlink,
  rename,
  mv,
  cp,
  stat,
  lstat,
  exists,
  access,
  chmod,
  chown,
  lchown,
  utimes,
  lutimes,
  setMeta,
  realpath,
  symlink,
  readlink,
  link,
  writeStream,
  du,
  tree,
  checksum,
  batch,
  changes,
  cd,
  usage,
  statfs,
  info,
  flush,
  mount,
  unmount,
  close,
};

/** The verbs that answer with one value after another. */
const SEQUENCES = { opendir, readStream, find, grep, glob };

/** Fails to compile when a verb of the interface is in neither list. */
type Forgotten = Exclude<keyof Verbs<"async">, keyof typeof VALUES | keyof typeof SEQUENCES | "open">;
const NONE_FORGOTTEN: [Forgotten] extends [never] ? true : Forgotten = true;

type Verb = (scope: Scope, ...args: unknown[]) => Awaitable<unknown>;
type SequenceVerb = (scope: Scope, ...args: unknown[]) => Emitter<unknown>;
type OpenArgs = [path: string, flags?: Flags | number, mode?: number];
type Face = Record<string | symbol, unknown>;

/** Both faces of one view, in one object. */
export function makeFaces(scope: Scope): Vfs {
  const face: Face = { ...immediate(scope), sync: makeSync(scope) };
  face["view"] = (options?: ViewOptions) => makeView(scope, options);
  for (const [name, verb] of verbs(VALUES) as [string, Verb][])
    // Not `...args`: that costs more than the call itself.
    face[name] = async (a: unknown, b: unknown, c: unknown, d: unknown) => verb(scope, a, b, c, d);
  for (const [name, verb] of verbs(SEQUENCES) as [string, SequenceVerb][])
    face[name] = (a: unknown, b: unknown, c: unknown) => iterate(verb(scope, a, b, c));
  face["open"] = async (...args: OpenArgs) => asyncHandle(await open(scope, ...args));
  face["storeSnapshots"] = async (path?: string) => storeSnapshots(scope, path);
  face["watch"] = (path: string, options?: WatchOptions) => watch(scope, path, options);
  face[Symbol.asyncDispose] = face["close"];
  return face as unknown as Vfs;
}

function makeSync(asyncScope: Scope): VfsSync {
  const scope = new Scope(asyncScope.door, { ...asyncScope.ctx, sync: true }, asyncScope.place);
  const face: Face = { ...immediate(scope) };
  for (const [name, verb] of verbs(VALUES) as [string, Verb][])
    face[name] = (a: unknown, b: unknown, c: unknown, d: unknown) => now(verb(scope, a, b, c, d));
  for (const [name, verb] of verbs(SEQUENCES) as [string, SequenceVerb][])
    face[name] = (a: unknown, b: unknown, c: unknown) => iterateSync(verb(scope, a, b, c), mustNotWait);
  face["open"] = (...args: OpenArgs) => syncHandle(now(open(scope, ...args)));
  face[Symbol.dispose] = face["close"];
  return face as unknown as VfsSync;
}

function verbs(table: object): [string, unknown][] {
  return NONE_FORGOTTEN ? Object.entries(table) : [];
}

function immediate(scope: Scope): Immediate {
  return {
    cwd: () => scope.place.cwd,
    mounts: () => visibleMounts(scope).map((visible) => describeMount(scope, visible)),
    capabilities: (path) => scope.door.capabilities(scope.path(path)),
    onChange: (listener) => scope.door.onChange(listener),
  };
}

function makeView(scope: Scope, options: ViewOptions = {}): Vfs {
  const { root = "/", cwd = "/", readOnly = false, identity } = options;
  const { umask = identity?.umask ?? scope.ctx.umask } = options;
  const top = scope.path(root);
  const ctx: Context = {
    ...scope.ctx,
    root: top,
    identity: identityFor(scope, identity, top),
    readOnly: readOnly || scope.ctx.readOnly,
    actor: actorOf(scope, options.actor),
    umask: checkMode(umask),
  };
  const faces = makeFaces(new Scope(scope.door, ctx, new Place(normalizePath(cwd, ROOT))));
  const nothing = (): void => {};
  const nothingLater = async (): Promise<void> => {};
  const refuseLater = async (): Promise<never> => refuseInView();
  // The mounts belong to the Vfs that the view was made from.
  const sync = {
    ...faces.sync,
    mount: refuseInView,
    unmount: refuseInView,
    close: nothing,
    [Symbol.dispose]: nothing,
  };
  return {
    ...faces,
    sync,
    mount: refuseLater,
    unmount: refuseLater,
    close: nothingLater,
    [Symbol.asyncDispose]: nothingLater,
  };
}

/** Root may become anybody. Whoever has been given a view as somebody else stays that, within a smaller root too. */
function identityFor({ ctx }: Scope, wanted: IdentityOptions | undefined, root: VPath): Identity | undefined {
  const { identity: own } = ctx;
  const next = wanted === undefined ? own : identityOf(wanted);
  if (!isRoot(own) && !sameIdentity(own, next))
    throw new VfsError("EPERM", {
      hint: `a view of uid ${own?.uid} stays theirs: make the other view from the Vfs itself`,
    });
  return next === undefined ? undefined : Object.freeze({ ...next, root });
}

/** Whoever has been given a view as somebody cannot make one as somebody else. */
function actorOf({ ctx }: Scope, actor: string | undefined): string | undefined {
  if (actor === undefined || ctx.actor === undefined || actor === ctx.actor) return actor ?? ctx.actor;
  throw new VfsError("EPERM", { hint: `a view of "${ctx.actor}" cannot be turned into one of "${actor}"` });
}
