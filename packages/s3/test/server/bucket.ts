import { createHash, randomBytes } from "node:crypto";
import type { Algorithm, Checksum } from "./checksums.ts";
import { Refusal } from "./refusal.ts";

/** One version of an object, or the mark of its removal. */
export interface Version {
  readonly key: string;
  /** `null` in a bucket that keeps no versions. */
  readonly id: string;
  readonly isMarker: boolean;
  readonly data: Buffer;
  /** With its quotation marks. */
  readonly etag: string;
  /** In whole seconds, as the header has it. */
  readonly modifiedMs: number;
  /** What comes back in headers as it was given: `content-type`, `x-amz-meta-...`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum: Checksum | undefined;
  /** How long each part is, of an object that was put together. */
  readonly parts: readonly number[] | undefined;
  tags: readonly (readonly [string, string])[];
}

/** A part that waits to be put together with others. */
export interface Part {
  readonly number: number;
  readonly data: Buffer;
  readonly etag: string;
  readonly checksum: Checksum | undefined;
  readonly modifiedMs: number;
}

/** Parts of an object that is not there yet. */
export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly initiatedMs: number;
  readonly algorithm: Algorithm | undefined;
  readonly checksumType: Checksum["type"] | undefined;
  readonly parts: Map<number, Part>;
}

/** What a new version is made of. */
export type NewVersion = Pick<Version, "data" | "headers" | "checksum"> &
  Partial<Pick<Version, "etag" | "parts" | "tags">>;

/** A bucket, in memory. Whatever happens in one turn of the event loop happens at once. */
export class Bucket {
  readonly name: string;
  readonly createdMs: number;
  readonly uploads: Map<string, Upload> = new Map();
  /** What was renamed to what, by the token of the request. */
  readonly renames: Map<string, string> = new Map();
  versioning: "Enabled" | "Suspended" | undefined;
  lifecycle: string | undefined;
  readonly #now: () => number;
  /** The versions of each key, the newest first. */
  readonly #versions = new Map<string, Version[]>();
  /** All keys in the order of their bytes. */
  #keys: string[] = [];
  #isSorted = true;

  constructor(name: string, now: () => number) {
    this.name = name;
    this.createdMs = now();
    this.#now = now;
  }

  /** Names in which the zone stands are those of directory buckets. */
  get isDirectory(): boolean {
    return this.name.endsWith("--x-s3");
  }

  get isEmpty(): boolean {
    return this.#versions.size === 0;
  }

  /** How many objects are there. */
  get size(): number {
    return this.keys().filter((key) => this.find(key) !== undefined).length;
  }

  /** All keys that have versions, in the order of their bytes. */
  keys(): readonly string[] {
    if (!this.#isSorted) {
      this.#keys = [...this.#versions.keys()].sort(compareBytes);
      this.#isSorted = true;
    }
    return this.#keys;
  }

  versionsOf(key: string): readonly Version[] {
    return this.#versions.get(key) ?? [];
  }

  /** What is there now. */
  find(key: string): Version | undefined {
    const newest = this.#versions.get(key)?.[0];
    return newest?.isMarker === true ? undefined : newest;
  }

  /** As {@link find}, or a certain version; or the reason why there is none. */
  get(key: string, versionId?: string | null): Version {
    if (versionId !== undefined && versionId !== null) {
      const version = this.versionsOf(key).find(({ id }) => id === versionId);
      if (version === undefined) throw new Refusal("NoSuchVersion", undefined, { details: { Key: key } });
      if (version.isMarker)
        throw new Refusal("MethodNotAllowed", undefined, { headers: { "x-amz-delete-marker": "true" } });
      return version;
    }
    const found = this.find(key);
    if (found !== undefined) return found;
    const isMarked = this.versionsOf(key).length > 0;
    throw new Refusal("NoSuchKey", undefined, {
      details: { Key: key },
      headers: isMarked ? { "x-amz-delete-marker": "true" } : {},
    });
  }

  put(key: string, made: NewVersion): Version {
    const version: Version = {
      key,
      id: this.versioning === "Enabled" ? randomBytes(16).toString("base64url") : "null",
      isMarker: false,
      etag: `"${createHash("md5").update(made.data).digest("hex")}"`,
      modifiedMs: this.seconds(),
      parts: undefined,
      tags: [],
      ...made,
    };
    this.#add(version);
    return version;
  }

  /** Takes an object away, or marks it as removed; with a version, takes that away for good. */
  remove(key: string, versionId?: string | null): Version | undefined {
    if (versionId !== undefined && versionId !== null) {
      const gone = this.versionsOf(key).find(({ id }) => id === versionId);
      this.#keep(
        key,
        this.versionsOf(key).filter((one) => one !== gone),
      );
      return gone;
    }
    if (this.versioning === undefined) {
      this.#keep(key, []);
      return undefined;
    }
    const marker: Version = {
      key,
      id: this.versioning === "Enabled" ? randomBytes(16).toString("base64url") : "null",
      isMarker: true,
      data: Buffer.alloc(0),
      etag: "",
      modifiedMs: this.seconds(),
      headers: {},
      checksum: undefined,
      parts: undefined,
      tags: [],
    };
    this.#add(marker);
    return marker;
  }

  /** Now, in whole seconds. */
  seconds(): number {
    return Math.floor(this.#now() / 1000) * 1000;
  }

  #add(version: Version): void {
    const older = this.versionsOf(version.key);
    this.#keep(version.key, [version, ...older.filter(({ id }) => id !== version.id)]);
  }

  #keep(key: string, versions: Version[]): void {
    const isKnown = this.#versions.has(key);
    if (versions.length > 0) this.#versions.set(key, versions);
    else this.#versions.delete(key);
    if (isKnown !== versions.length > 0) this.#isSorted = false;
  }
}

/** By bytes of UTF-8, which is by code points: not as JavaScript compares. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for what comes after all that has one unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
