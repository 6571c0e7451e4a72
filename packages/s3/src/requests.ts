import { idOf } from "./attributes.ts";
import { isFailure, isMissing, S3Failure } from "./wire/failure.ts";
import { sleep, type Retry } from "./wire/retry.ts";
import type {
  CompleteRequest,
  CopyRequest,
  Described,
  GetRequest,
  Got,
  Head,
  Listing,
  ListQuery,
  NotRemoved,
  PutRequest,
  UploadedPart,
  Wire,
  Written,
} from "./wire/wire.ts";

/**
 * The requests of S3, made again where that may help. An answer that was lost is told from a refusal: what a second
 * attempt meets may be what the first one did.
 */
export class Requests {
  readonly wire: Wire;
  readonly #retry: Retry;
  /** Uploads of this process that are under way. */
  readonly #uploads = new Set<string>();

  constructor(wire: Wire, retry: Retry) {
    this.wire = wire;
    this.#retry = retry;
  }

  /** Waits a random while, longer each time: for who lost a race. */
  backOff(attempt: number, signal: AbortSignal | undefined): Promise<void> {
    return sleep(this.#retry.pauseMs(attempt), signal);
  }

  head(request: GetRequest): Promise<Head> {
    return this.#retry.run(request.signal, () => this.wire.head(request));
  }

  /** Undefined when nothing is there. */
  headOrNothing(request: GetRequest): Promise<Head | undefined> {
    return orNothing(this.head(request));
  }

  get(request: GetRequest): Promise<Got> {
    return this.#retry.run(request.signal, () => this.wire.get(request));
  }

  list(query: ListQuery): Promise<Listing> {
    return this.#retry.run(query.signal, () => this.wire.list(query));
  }

  /** Whether any key begins so; and the first one that does. */
  async first(prefix: string, signal: AbortSignal | undefined, limit = 1): Promise<Listing["objects"]> {
    return (await this.list({ prefix, limit, signal })).objects;
  }

  async put(request: PutRequest): Promise<Written> {
    try {
      return await this.#retry.run(request.signal, () => this.wire.put(request));
    } catch (reason) {
      return (await this.#ownWork(reason, request.key, idOf(request))) ?? refuse(reason);
    }
  }

  async remove(key: string, ifMatch: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#retry.run(signal, () => this.wire.remove({ key, ifMatch, signal }));
    } catch (reason) {
      // That it is gone is our own work.
      if (!isMissing(reason) || !reason.ambiguous) throw reason;
    }
  }

  removeMany(
    objects: readonly { readonly key: string; readonly etag?: string | undefined }[],
    signal: AbortSignal | undefined,
  ): Promise<NotRemoved[]> {
    return this.#retry.run(signal, () => this.wire.removeMany({ objects, signal }));
  }

  async copy(request: CopyRequest): Promise<Written> {
    try {
      return await this.#retry.run(request.signal, () => this.wire.copy(request));
    } catch (reason) {
      const { replace, key, from } = request;
      const id = replace === undefined ? await this.#idAt(reason, from) : idOf(replace);
      return (await this.#ownWork(reason, key, id)) ?? refuse(reason);
    }
  }

  rename(request: Parameters<Wire["rename"]>[0]): Promise<void> {
    // The token tells a second attempt from another rename.
    return this.#retry.run(request.signal, () => this.wire.rename(request));
  }

  /** Begins an upload. One whose answer was lost is looked for and ended: nobody knows its name. */
  async createUpload(request: { key: string; signal: AbortSignal | undefined } & Described): Promise<string> {
    const begunMs = Date.now();
    let isLost = false;
    try {
      const uploadId = await this.#retry.run(request.signal, async () => {
        try {
          return await this.wire.createUpload(request);
        } catch (reason) {
          isLost ||= !isFailure(reason) || isFailure(reason, 0, 200, 500, 502, 504);
          throw reason;
        }
      });
      this.#uploads.add(uploadId);
      return uploadId;
    } finally {
      if (isLost) await this.#endLost(request.key, begunMs);
    }
  }

  uploadPart(request: Parameters<Wire["uploadPart"]>[0]): Promise<UploadedPart> {
    return this.#retry.run(request.signal, () => this.wire.uploadPart(request));
  }

  copyPart(request: Parameters<Wire["copyPart"]>[0]): Promise<UploadedPart> {
    return this.#retry.run(request.signal, () => this.wire.copyPart(request));
  }

  /** @param id The write id that the upload was begun with. */
  async completeUpload(request: CompleteRequest, id: string): Promise<Written> {
    try {
      const done = await this.#retry.run(request.signal, () => this.wire.completeUpload(request));
      this.#uploads.delete(request.uploadId);
      return done;
    } catch (reason) {
      const done = await this.#ownWork(reason, request.key, id);
      if (done === undefined) throw reason;
      this.#uploads.delete(request.uploadId);
      return done;
    }
  }

  /** Ends an upload and gives back what it holds; one that is gone is ended. */
  async abortUpload(key: string, uploadId: string): Promise<void> {
    try {
      await this.#retry.run(undefined, () => this.wire.abortUpload({ key, uploadId }));
    } catch (reason) {
      if (!isMissing(reason)) throw reason;
    } finally {
      this.#uploads.delete(uploadId);
    }
  }

  listUploads(request: Parameters<Wire["listUploads"]>[0]): ReturnType<Wire["listUploads"]> {
    return this.#retry.run(request.signal, () => this.wire.listUploads(request));
  }

  listVersions(request: Parameters<Wire["listVersions"]>[0]): ReturnType<Wire["listVersions"]> {
    return this.#retry.run(request.signal, () => this.wire.listVersions(request));
  }

  /** What is at a key, if it is what a request with this write id has put there before its answer was lost. */
  async #ownWork(reason: unknown, key: string, id: string): Promise<Written | undefined> {
    if (!isFailure(reason) || id === "") return undefined;
    // A last attempt that may have been done is looked after as well.
    const isUnclear = reason.ambiguous || isFailure(reason, 0, 200, 500, 502, 504);
    if (!isUnclear) return undefined;
    try {
      const head = await this.headOrNothing({ key });
      return head !== undefined && idOf(head) === id ? head : undefined;
    } catch {
      // Whether it was done cannot be found out: what is told is that it failed.
      return undefined;
    }
  }

  async #idAt(reason: unknown, key: string): Promise<string> {
    if (!isFailure(reason) || !reason.ambiguous) return "";
    const head = await this.headOrNothing({ key });
    return head === undefined ? "" : idOf(head);
  }

  /** Ends uploads of this key that began just now, have no parts, and are nobody's in this process. */
  async #endLost(key: string, begunMs: number): Promise<void> {
    // The service counts seconds, by a clock of its own.
    const sinceMs = begunMs - 5000;
    try {
      const { uploads } = await this.#retry.run(undefined, () => this.wire.listUploads({ prefix: key }));
      for (const { key: at, uploadId, initiatedMs } of uploads) {
        if (at !== key || initiatedMs < sinceMs || this.#uploads.has(uploadId)) continue;
        if (!(await this.wire.hasParts({ key, uploadId }))) await this.abortUpload(key, uploadId);
      }
    } catch (reason) {
      // `cleanupUploads` finds it later: that is no reason to fail what goes well otherwise.
      if (!(reason instanceof S3Failure)) throw reason;
    }
  }
}

function refuse(reason: unknown): never {
  throw reason;
}

/** Undefined instead of a failure that says that nothing is there. */
async function orNothing<T>(value: Promise<T>): Promise<T | undefined> {
  try {
    return await value;
  } catch (reason) {
    if (isMissing(reason)) return undefined;
    throw reason;
  }
}
