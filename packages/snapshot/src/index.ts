export type { Snapshots } from "./api.ts";
export { autoSnapshot, type AutoSnapshot, type AutoSnapshotOptions } from "./auto-snapshot.ts";
export type { Snapshot } from "./catalog.ts";
export type { DiffEntry, Difference, DiffOptions, SnapshotDiff } from "./diff.ts";
export type { KeepOptions } from "./engine.ts";
export type {
  CreateOptions,
  ExtractOptions,
  ForkOptions,
  ListOptions,
  PruneOptions,
  PruneReport,
  RestoreOptions,
  RestoreReport,
  SnapshotsOptions,
  VerifyReport,
  Version,
} from "./options.ts";
export { snapshots } from "./snapshots.ts";
export type { ExportFormat } from "./transfer/export.ts";
export type { ImportOptions, ImportSource } from "./transfer/import.ts";
