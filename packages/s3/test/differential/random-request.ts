/** Which version a condition names: none at all, the one that is there, or one that never was. */
export type Wanted = "any" | "current" | "stale";

/** One request of a random run, as data: both services are asked the same. Uploads and parts go by number. */
export type RandomRequest =
  | { op: "put"; key: string; size: number; ifMatch: Wanted; isNew: boolean; how: PutHow }
  | { op: "get" | "head"; key: string; range: string | undefined; ifMatch: Wanted; ifNoneMatch: Wanted }
  | { op: "delete"; key: string; ifMatch: Wanted }
  | { op: "deleteMany"; keys: string[] }
  | { op: "copy"; from: string; key: string; replace: boolean; sourceMatch: Wanted; isNew: boolean }
  | { op: "list"; prefix: string; delimiter: boolean; after: string | undefined; limit: number | undefined }
  | { op: "attributes" | "tag" | "tags"; key: string }
  | { op: "create"; key: string }
  | { op: "part"; upload: number; number: number; size: number }
  | { op: "partCopy"; upload: number; number: number; from: string; range: string | undefined }
  | { op: "parts" | "abort"; upload: number }
  | { op: "uploads"; prefix: string }
  | { op: "complete"; upload: number; how: CompleteHow; ifMatch: Wanted; isNew: boolean };

/** What else is told of an object that is put. */
export type PutHow = "plain" | "described" | "sha256" | "wrong md5" | "wrong crc32" | "much metadata";
/** How an upload is completed. */
type CompleteHow = "all" | "backwards" | "wrong etag" | "nothing";

const KEYS: readonly string[] = [
  "a",
  "a/b",
  "a/b/c",
  "a-b",
  "d/",
  "d/e f+g",
  "é☃𝒳",
  "z",
  "%2F",
  "k".repeat(1024),
];
const SIZES = [0, 1, 10, 1000, 70_000];
const LARGE = 5 << 20;
const RANGES = ["bytes=0-4", "bytes=5-", "bytes=-3", "bytes=-0", "bytes=2000-3000", "bytes=4-2", "bytes=x"];

/** Makes requests at random, the same ones for the same seed. */
export class RandomRequests {
  readonly #random: (bound: number) => number;
  /** How many uploads were begun. */
  #uploads = 0;

  constructor(random: (bound: number) => number) {
    this.#random = random;
  }

  next(): RandomRequest {
    const op = this.#pick(OPS);
    const key = this.#chance(60) ? "k".repeat(1025) : this.#pick(KEYS);
    switch (op) {
      case "put":
        return {
          op,
          key,
          size: this.#pick(SIZES),
          ifMatch: this.#wanted(),
          isNew: this.#chance(4),
          how: this.#how(),
        };
      case "get":
      case "head": {
        const range = this.#chance(2) ? this.#pick(RANGES) : undefined;
        return { op, key, range, ifMatch: this.#wanted(), ifNoneMatch: this.#wanted() };
      }
      case "delete":
        return { op, key, ifMatch: this.#wanted() };
      case "deleteMany":
        return { op, keys: [key, this.#pick(KEYS), "none"] };
      case "copy": {
        const [replace, isNew] = [this.#chance(2), this.#chance(4)];
        return { op, from: this.#pick(KEYS), key, replace, sourceMatch: this.#wanted(), isNew };
      }
      case "list": {
        const prefix = this.#pick(["", "a", "a/", "d/", "none", "%"]);
        const after = this.#chance(3) ? this.#pick(KEYS) : undefined;
        return {
          op,
          prefix,
          delimiter: this.#chance(2),
          after,
          limit: this.#pick([undefined, 0, 1, 2, 1000]),
        };
      }
      case "attributes":
      case "tag":
      case "tags":
        return { op, key };
      case "create":
        this.#uploads++;
        return { op, key };
      case "uploads":
        return { op, prefix: this.#pick(["", "a", "d/"]) };
      default:
        return this.#ofUpload(op, Math.max(0, this.#uploads - 1 - this.#random(3)));
    }
  }

  #ofUpload(op: "part" | "partCopy" | "parts" | "abort" | "complete", upload: number): RandomRequest {
    const number = this.#pick([1, 1, 2, 2, 3, 10_000, 10_001]);
    if (op === "part") return { op, upload, number, size: this.#chance(4) ? LARGE : this.#pick([1, 1000]) };
    if (op === "partCopy") {
      const range = this.#pick([undefined, "bytes=0-0", "bytes=3-7", "bytes=0-99999999"]);
      return { op, upload, number, from: this.#pick(KEYS), range };
    }
    if (op === "parts" || op === "abort") return { op, upload };
    const how = this.#pick<CompleteHow>(["all", "all", "all", "backwards", "wrong etag", "nothing"]);
    return { op, upload, how, ifMatch: this.#wanted(), isNew: this.#chance(4) };
  }

  #how(): PutHow {
    if (!this.#chance(3)) return "plain";
    return this.#pick<PutHow>(["described", "sha256", "wrong md5", "wrong crc32", "much metadata"]);
  }

  #wanted(): Wanted {
    return this.#chance(3) ? this.#pick<Wanted>(["current", "stale"]) : "any";
  }

  /** Once in so many times. */
  #chance(of: number): boolean {
    return this.#random(of) === 0;
  }

  #pick<T>(values: readonly T[]): T {
    const [value] = values.slice(this.#random(values.length)) as [T];
    return value;
  }
}

const OPS = [
  ...(["put", "put", "put", "get", "get", "head", "delete", "copy", "copy", "list", "list"] as const),
  ...(["deleteMany", "attributes", "tag", "tags", "create", "part", "part", "part", "partCopy"] as const),
  ...(["parts", "abort", "uploads", "complete", "complete"] as const),
] as const;
