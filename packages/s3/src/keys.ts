import { ROOT, VfsError, type VPath } from "@vfs/core";

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const KEY_BYTES = 1024;
const NAME_BYTES = 255;

/** Which key stands for which path, below a prefix of a bucket. */
export class Keys {
  /** Empty, or with a slash at its end. */
  readonly prefix: string;

  constructor(prefix: string) {
    const trimmed = prefix.replace(/^\/+|\/+$/g, "");
    this.prefix = trimmed === "" ? "" : `${trimmed}/`;
  }

  /** How long a path may be: the marker of a directory has one byte more, which the path's own slash is. */
  get pathBytes(): number {
    return KEY_BYTES - Buffer.byteLength(this.prefix);
  }

  /** The key of a file. */
  of(path: VPath): string {
    return checked(this.prefix + path.slice(1));
  }

  /** What all keys in a directory begin with; this very key is its marker. */
  directory(path: VPath): string {
    return path === ROOT ? this.prefix : checked(`${this.prefix}${path.slice(1)}/`);
  }

  /** The path of a key, which must be below the prefix. */
  path(key: string): VPath {
    return `/${key.slice(this.prefix.length)}` as VPath;
  }
}

function checked(key: string): string {
  if (key.length * 3 > KEY_BYTES && Buffer.byteLength(key) > KEY_BYTES)
    throw new VfsError("ENAMETOOLONG", { hint: `a key has at most ${KEY_BYTES} bytes, with the prefix` });
  return key;
}

/** Whether a part of a key can be a name: S3 allows what no path can say. */
export function isName(name: string): boolean {
  return (
    name !== "" &&
    name !== "." &&
    name !== ".." &&
    !name.includes("\0") &&
    !(name.length * 3 > NAME_BYTES && Buffer.byteLength(name) > NAME_BYTES) &&
    // How Hadoop once marked directories.
    !name.endsWith("_$folder$")
  );
}
