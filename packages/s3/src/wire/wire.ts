import type { Bytes } from "@vfs/core";

/** What S3 tells of an object without its content. */
export interface Head {
  /** Without quotation marks. */
  readonly etag: string;
  /** Bytes of the whole object. */
  readonly size: number;
  /** `Last-Modified`, which counts seconds. */
  readonly modifiedMs: number;
  readonly contentType: string | undefined;
  /** The object's own metadata, names in lower case. */
  readonly meta: Readonly<Record<string, string>>;
  readonly versionId: string | undefined;
}

export interface Got {
  readonly head: Head;
  /** On memory of its own. */
  readonly body: Bytes;
}

/** One line of a listing. */
export interface Listed {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
}

export interface Listing {
  readonly objects: readonly Listed[];
  /** What several keys begin with, each with the delimiter at its end. */
  readonly prefixes: readonly string[];
  /** Where to go on; absent at the end. */
  readonly token: string | undefined;
}

export interface ListQuery extends Cancellable {
  readonly prefix: string;
  readonly delimiter?: "/" | undefined;
  readonly after?: string | undefined;
  readonly token?: string | undefined;
  /** At most 1,000. */
  readonly limit?: number | undefined;
}

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** Under which condition something is written. Etags have no quotation marks. */
export interface Condition {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: "*" | undefined;
}

/** What an object has beside its content. */
export interface Described {
  readonly contentType: string | undefined;
  readonly meta: Readonly<Record<string, string>>;
}

export interface PutRequest extends Condition, Described, Cancellable {
  readonly key: string;
  readonly data: Uint8Array;
  /** Adds to the object, whose size this must be: only in directory buckets. */
  readonly offset?: number | undefined;
}

export interface GetRequest extends Cancellable {
  readonly key: string;
  /** The first byte, and the one behind the last. */
  readonly range?: readonly [start: number, end: number] | undefined;
  readonly ifMatch?: string | undefined;
  readonly versionId?: string | undefined;
}

export interface CopyRequest extends Condition, Cancellable {
  readonly from: string;
  readonly key: string;
  /** The etag that the source must have. */
  readonly sourceMatch?: string | undefined;
  readonly versionId?: string | undefined;
  /** What the copy has instead of what the source has. */
  readonly replace?: Described | undefined;
}

/** A part of an upload. */
interface PartOf extends Cancellable {
  readonly key: string;
  readonly uploadId: string;
  /** From 1 on. */
  readonly number: number;
}

export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
}

export interface CompleteRequest extends Condition, Cancellable {
  readonly key: string;
  readonly uploadId: string;
  readonly parts: readonly UploadedPart[];
}

/** What was written. */
export interface Written {
  readonly etag: string;
  readonly versionId: string | undefined;
}

/** An upload that somebody has begun and not ended. */
export interface Unfinished {
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedMs: number;
}

/** A version of an object, or the mark of its removal. */
export interface ListedVersion {
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isMarker: boolean;
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
}

export interface VersionsPage {
  readonly versions: readonly ListedVersion[];
  readonly isTruncated: boolean;
  /** Behind this one the next page begins. */
  readonly last: Pick<ListedVersion, "key" | "versionId"> | undefined;
}

export interface NotRemoved {
  readonly key: string;
  readonly code: string;
}

/** The requests that are made often: those that the fast transport makes by itself. */
interface HotWire {
  head(request: GetRequest): Promise<Head>;
  get(request: GetRequest): Promise<Got>;
  put(request: PutRequest): Promise<Written>;
  remove(
    request: { readonly key: string; readonly ifMatch?: string | undefined } & Cancellable,
  ): Promise<void>;
  list(query: ListQuery): Promise<Listing>;
  uploadPart(request: PartOf & { readonly data: Uint8Array }): Promise<UploadedPart>;
  copy(request: CopyRequest): Promise<Written>;
  copyPart(
    request: PartOf & {
      readonly from: string;
      readonly sourceMatch?: string | undefined;
      readonly range?: readonly [start: number, end: number] | undefined;
    },
  ): Promise<UploadedPart>;
}

/** Each request of the S3 API that the provider makes, once and without trying again. Failures are an `S3Failure`. */
export interface Wire extends HotWire {
  removeMany(
    request: { readonly objects: readonly { key: string; etag?: string | undefined }[] } & Cancellable,
  ): Promise<NotRemoved[]>;
  rename(
    request: {
      readonly from: string;
      readonly key: string;
      readonly sourceMatch?: string | undefined;
      readonly token: string;
    } & Condition &
      Cancellable,
  ): Promise<void>;
  createUpload(request: { readonly key: string } & Described & Cancellable): Promise<string>;
  completeUpload(request: CompleteRequest): Promise<Written>;
  abortUpload(request: { readonly key: string; readonly uploadId: string }): Promise<void>;
  /** Whether an upload has no parts yet. */
  hasParts(request: { readonly key: string; readonly uploadId: string }): Promise<boolean>;
  listUploads(
    request: { readonly prefix: string; readonly after?: Unfinished | undefined } & Cancellable,
  ): Promise<{ readonly uploads: readonly Unfinished[]; readonly isTruncated: boolean }>;
  listVersions(
    request: { readonly prefix: string; readonly after?: VersionsPage["last"] } & Cancellable,
  ): Promise<VersionsPage>;
}
