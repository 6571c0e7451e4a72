export { s3, type S3Options } from "./s3.ts";
export type { ClientOptions } from "./client.ts";
export type { PresignOptions, S3Provider } from "./provider.ts";
export type { TreeProgress } from "./verbs/copy-tree.ts";
export type { MoveTreeOptions } from "./verbs/move-tree.ts";
export type { CleanupOptions } from "./verbs/uploads.ts";
export type { Version } from "./verbs/versions.ts";
export type { RetryOptions } from "./wire/retry.ts";
