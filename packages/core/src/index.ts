export { createVfs } from "./create-vfs.ts";
export type { FsInfo } from "./verbs/info.ts";
export type { BatchItem, BatchOptions, BatchResult, BatchValue } from "./verbs/batch.ts";
export type { Immediate, Mode, Result, Sequence, Verbs, Vfs, VfsSync } from "./vfs.ts";
export type {
  Abortable,
  AppendFileOptions,
  Changes,
  ChangesVerbOptions,
  ChecksumAlgorithm,
  CpOptions,
  DiskUsage,
  Encoding,
  FindOptions,
  GlobOptions,
  GrepMatch,
  GrepOptions,
  GrepPattern,
  Hasher,
  LookOptions,
  MetaChanges,
  MkdirVerbOptions,
  MountInfo,
  MvOptions,
  OpendirOptions,
  Progress,
  ReadFileOptions,
  ReadStreamOptions,
  ReaddirOptions,
  RmOptions,
  StatVerbOptions,
  TreeNode,
  TreeOptions,
  UnmountOptions,
  VfsOptions,
  ViewOptions,
  Watcher,
  WatchEvent,
  WatchOptions,
  WriteFileOptions,
  WriteStreamOptions,
} from "./options.ts";
export type { FileHandle, HandleContentOptions, HandleMethods, HandleReadOptions } from "./file-handle.ts";
export type { ReadLinesOptions, WebStreamOptions } from "./handle-content.ts";
export { Dirent } from "./dirent.ts";
export { exactTimes, nanoseconds, Stats } from "./stats.ts";
export type { Time } from "./numbers.ts";
export { timeOfChange } from "./time-of-change.ts";
export { constants, type Flags } from "./flags.ts";

export { isVfsError, unsupported, VfsError, type ErrorReason, type VfsErrorOptions } from "./error.ts";
export { ERRNO, type ErrorCode } from "./errno.ts";

export {
  changeInSight,
  historyLost,
  type ChangeKind,
  type ChangesPage,
  type StoreChange,
} from "./changes.ts";
export { capabilities, type Capabilities, type Limits } from "./capabilities.ts";
export type { Context } from "./context.ts";
export {
  checkAccess,
  checkEnter,
  checkLeave,
  checkLink,
  checkSearch,
  checkWholeTree,
  copied,
  EXECUTE,
  inherit,
  isOwner,
  isRoot,
  mayAccess,
  modeAfterWrite,
  permitted,
  READ,
  WRITE,
  type Identity,
  type IdentityOptions,
  type Owned,
  type Who,
} from "./identity.ts";
export { isLinkMet, linkMet, LinkMet } from "./link-met.ts";
export type {
  AppendOptions,
  ByteSource,
  ChangesOptions,
  CopyOptions,
  FindQuery,
  ListOptions,
  MkdirOptions,
  NewEntry,
  OpenFlags,
  OpenOptions,
  PatchOptions,
  PatchPiece,
  Provider,
  ProviderFile,
  ProviderWatch,
  ProviderWatchOptions,
  ReadOptions,
  RemoveOptions,
  RenameOptions,
  Scanned,
  ScanQuery,
  StatOptions,
  StreamReadOptions,
  StreamWriteOptions,
  SyncOptions,
  WatchReport,
  WriteManyOptions,
  WriteOptions,
} from "./provider.ts";
export type { ProviderSnapshots, SnapshotChange, StoreSnapshot } from "./provider-snapshots.ts";
export type { StoreSnapshots } from "./verbs/snapshots.ts";
export { namePatterns, nameMatcher, pathMatcher, type NameMatcher } from "./glob.ts";
export type { RegexEngine, RegExpLike, Searcher } from "./searcher.ts";
export type { Entry, FileType, Page, Stat, StatChanges, StatFs, ExactTimes, Usage } from "./stat.ts";

export { attempt, isPromiseLike, chain, type Awaitable } from "./awaitable.ts";
export { run, wait, type Flow } from "./flow.ts";
export {
  Call,
  followsLast,
  mutates,
  reachesTree,
  type AnyCall,
  type CallChanges,
  type Next,
} from "./call.ts";
export { SLOTS, type Layer, type LayerSite, type Reached, type Slot } from "./layer.ts";
export type { MountOptions } from "./mount.ts";
export type { OpenFile } from "./open-file.ts";
export { OPERATIONS, type Access, type OperationInfo, type Operations, type OpName } from "./operations.ts";
export type { Bytes, Chunk, Content } from "./bytes.ts";
export {
  addPrefix,
  isBelow,
  isWithin,
  joinPath,
  nameOf,
  namesOf,
  parentOf,
  ROOT,
  stripPrefix,
  type VPath,
} from "./path.ts";
