import { capabilities, type Capabilities } from "@vfs/core";

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const FILE_BYTES = 5 * 2 ** 40;

/**
 * What a bucket can do as a filesystem. Directory buckets list in no order, so that a tree cannot be made of their keys.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html
 */
export function capsOf(pathBytes: number, isDirectoryBucket: boolean): Capabilities {
  return capabilities({
    write: true,
    directories: "implied",
    keeps: "nothing",
    append: true,
    truncate: true,
    patch: true,
    rename: "tree",
    copy: "tree",
    removeTree: true,
    readStream: true,
    writeStream: true,
    listRecursive: !isDirectoryBucket,
    listStat: true,
    find: !isDirectoryBucket,
    modes: true,
    owners: true,
    times: "modify",
    meta: true,
    symlinks: true,
    etag: true,
    ifMatch: true,
    ifNoneMatch: true,
    limits: { fileBytes: FILE_BYTES, nameBytes: 255, pathBytes },
  });
}
