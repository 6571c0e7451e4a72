import { isVfsError, type Bytes } from "@vfs/core";
import { createTarDecoder, type ParsedTarEntry, type TarHeader } from "modern-tar";
import type { Arrivals, Attributes } from "./arrivals.ts";
import type { About } from "./import.ts";
import { metaOf, numberOf } from "./json-import.ts";
import { badArchive } from "./limits.ts";
import { iterate, streamOf } from "./streams.ts";
import { PAX } from "./tar-export.ts";

/** Takes in a tar: ustar, with the extensions of POSIX and of GNU for long names. */
export async function importTar(source: AsyncIterable<Bytes>, arrivals: Arrivals): Promise<About> {
  let failure: { readonly reason: unknown } | undefined;
  async function* watched(): AsyncIterable<Bytes> {
    try {
      yield* source;
    } catch (reason) {
      failure = { reason };
      throw reason;
    }
  }
  const about: { name?: string; description?: string } = {};
  try {
    const decoder = createTarDecoder({ strict: true });
    for await (const entry of iterate(streamOf(watched()).pipeThrough(decoder)))
      Object.assign(about, await take(entry as ParsedTarEntry & { body: ReadableStream<Bytes> }, arrivals));
  } catch (reason) {
    if (failure !== undefined) throw failure.reason;
    if (isVfsError(reason) || !(reason instanceof Error)) throw reason;
    throw badArchive(
      `it is neither tar, tar.gz nor JSON of a snapshot, or is damaged: ${reason.message}`,
      reason,
    );
  }
  return about;
}

async function take(
  { header, body }: ParsedTarEntry & { body: ReadableStream<Bytes> },
  arrivals: Arrivals,
): Promise<About> {
  const { name, type = "file", size, linkname = "", pax = {} } = header;
  if (!Number.isSafeInteger(size) || size < 0) throw badArchive(`${name} has the size ${size}`);
  const attributes = attributesOf(header);
  if (type === "file") {
    await arrivals.file(name, attributes, size, iterate(body));
    return {};
  }
  await body.cancel();
  switch (type) {
    case "directory":
      arrivals.directory(name, attributes);
      return { ...textAt(pax, PAX.name, "name"), ...textAt(pax, PAX.description, "description") };
    case "symlink":
      arrivals.symlink(name, attributes, linkname);
      return {};
    case "link":
      arrivals.link(name, linkname);
      return {};
    default:
      throw badArchive(`${name} is a ${type}, which no snapshot has`);
  }
}

function textAt(pax: Record<string, string>, key: string, as: "name" | "description"): About {
  return pax[key] === undefined ? {} : { [as]: pax[key] };
}

function attributesOf({ mode, uid, gid, mtime, pax = {} }: TarHeader): Attributes {
  const seconds = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : numberOf(Number(text) * 1000);
  return {
    mode: pax[PAX.modeless] === undefined ? numberOf(mode) : undefined,
    uid: numberOf(uid),
    gid: numberOf(gid),
    mtimeMs:
      numberOf(pax[PAX.mtimeMs] === undefined ? undefined : Number(pax[PAX.mtimeMs])) ??
      seconds(pax["mtime"]) ??
      numberOf(mtime?.getTime()) ??
      0,
    atimeMs: seconds(pax["atime"]),
    contentType: pax[PAX.contentType],
    meta: metaOf(parsed(pax[PAX.meta])),
  };
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch (reason) {
    throw badArchive("the attributes of an entry are no JSON", reason);
  }
}
