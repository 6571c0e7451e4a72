import type { RandomRequest } from "./random-request.ts";

/** Differences to Ceph RGW 20 that are known, and why they are there: COMPATIBILITY.md tells the same to people. */
const EXPLAINED: readonly (readonly [
  what: RegExp,
  why: string,
  when?: (request: RandomRequest) => boolean,
])[] = [
  [/400 KeyTooLongError here, 400 InvalidObjectName there/, "a key over 1,024 bytes has another code there"],
  [/^put: 400 MetadataTooLarge here/, "metadata has no limit of 2 KB there"],
  [/^put: 400 BadDigest here, 200 there/, "a wrong CRC32 is taken there", isPut("wrong crc32")],
  [
    /^put: \S+ (NoSuchKey|PreconditionFailed) here, 400 BadDigest there/,
    "a digest is compared before a condition there",
  ],
  [
    /^put: 400 BadDigest here, \S+ (NoSuchKey|PreconditionFailed) there/,
    "a digest is compared after a condition there",
  ],
  [
    /^delete: 404 NoSuchKey here, 204 there/,
    "removing nothing goes well there, whatever version it was to be",
  ],
  [
    /^attributes: another ObjectSize$/,
    "GetObjectAttributes leaves the size out there when it is asked for two things",
  ],
  [/^tags: another TagSet$/, "a copy with other metadata loses its tags there"],
  [/^copy: another ETag$/, "the copy of an upload in parts keeps its etag there"],
  [
    /^copy: 412 PreconditionFailed here, 400 InvalidRequest there/,
    "a copy onto itself is refused before a condition is looked at there",
  ],
  [
    /^copy: 412 PreconditionFailed here, 200 there/,
    "a copy does not look at If-None-Match there",
    (request) => "isNew" in request && request.isNew,
  ],
  [/^(get|head): 200 here, 416/, "a range that makes no sense is refused there, and not passed over"],
  [/^(get|head): 416 \S+ here, 206 there/, "the last 0 bytes are all of them there"],
  [/^(get|head): (304|412) \S+ here, 416/, "a range is looked at before a condition there"],
  [/^part: 400 InvalidArgument here, 200 there/, "part numbers may be over 10,000 there"],
  [
    /^partCopy: 400 InvalidArgument here, 200 there/,
    "a part may be copied from behind the end, or with a number over 10,000, there",
  ],
  [
    /^partCopy: 400 InvalidArgument here, 416 InvalidRange there/,
    "a part copied from behind the end has another code there",
  ],
  [
    /^(parts|partCopy): 404 NoSuchUpload here, 404 NoSuchKey there/,
    "an upload that is gone is NoSuchKey there when its parts are listed or copied",
  ],
  [/^part: 404 NoSuchUpload here, cut off there/, "a refused part is cut off there before it has been sent"],
  [
    /^complete: 404 NoSuchUpload here, 400 MalformedXML there/,
    "a completion of no parts is looked at before the upload there",
  ],
  [
    /^complete: 404 NoSuchUpload here, (500 InternalError|200) there/,
    "an upload that is gone can be completed again there, or is InternalError",
  ],
  [
    /^complete: 400 (InvalidPartOrder|InvalidPart) here, 400 EntityTooSmall there/,
    "lengths of parts are looked at first there",
  ],
  [/^complete: 400 InvalidPartOrder here, 200 there/, "parts may come in any order there"],
];

function isPut(how: string): (request: RandomRequest) => boolean {
  return (request) => request.op === "put" && request.how === how;
}

/** Why two answers differ so; undefined when nobody knows. */
export function explain(what: string, request: RandomRequest): string | undefined {
  return EXPLAINED.find(([pattern, , when]) => pattern.test(what) && when?.(request) !== false)?.[1];
}
