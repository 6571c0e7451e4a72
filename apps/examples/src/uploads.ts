import type { IncomingMessage, ServerResponse } from "node:http";
import { createVfs, type Vfs } from "@vfs/core";
import { prefix } from "@vfs/layers";
import { memory } from "@vfs/memory";
import { s3, type S3Options } from "@vfs/s3";
import { quota, secure, type QuotaLayer } from "@vfs/security";
import { Refusal, reply, serve, type Running } from "./http.ts";

/** Who may put files into the bucket. */
interface Tenant {
  readonly name: string;
  readonly token: string;
  readonly maxTotalBytes: number;
}

export interface UploadOptions {
  /** The bucket of all tenants: each has `tenants/NAME/` of it. */
  readonly bucket: S3Options;
  readonly tenants: readonly Tenant[];
  readonly port?: number | undefined;
}

/** A tenant at work. */
interface Place {
  readonly name: string;
  readonly files: Vfs;
  readonly limits: QuotaLayer;
}

const EXECUTABLES = ["exe", "dll", "bat", "cmd", "com", "msi", "scr"];

/**
 * Uploads of many tenants into one bucket, each with `Authorization: Bearer TOKEN`:
 *
 * - `PUT /files/PATH` streams a file into it. With `If-None-Match: *` only where nothing is, with `If-Match: ETAG` only over
 *   that version: else 412. What does not fit into the tenant's quota is 413, and nothing of it stays.
 * - `GET /files/PATH` leads to a signed address of the bucket, so that downloads do not pass here.
 * - `DELETE /files/PATH`, `GET /files` (names with sizes), `GET /usage`.
 */
export async function uploadServer({ bucket, tenants, port }: UploadOptions): Promise<Running> {
  const store = s3(bucket);
  const vfs = createVfs(memory());
  const whole = createVfs(store, { keepOpen: true });
  const places = new Map<string, Place>();
  for (const { name, token, maxTotalBytes } of tenants) {
    await whole.mkdir(`/tenants/${name}`, { recursive: true });
    const limits = quota({ maxTotalBytes, maxFiles: 100_000 });
    const rules = secure("testing", {
      deny: [
        { name: "no programs", path: "/", extensions: EXECUTABLES },
        { name: "no programs inside", path: "/", content: ["executable"] },
      ],
    });
    // A mount for each: its quota counts its own files, and its paths begin at its own root.
    await vfs.mount(`/${name}`, store, {
      keepOpen: true,
      layers: [rules, limits, prefix(`/tenants/${name}`)],
    });
    places.set(token, { name, files: vfs.view({ root: `/${name}`, actor: name }), limits });
  }
  const running = await serve(async (request, response) => {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const place = places.get(token);
    if (place === undefined) throw new Refusal(401, "who are you?");
    const path = decodeURI(new URL(request.url ?? "/", "http://here").pathname);
    const sign = (file: string): Promise<string> =>
      Promise.resolve(store.presign(`/tenants/${place.name}${file}`, { expiresSeconds: 300 }));
    await answer(place, request, response, path, sign);
  }, port);
  return {
    url: running.url,
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      await vfs.close();
      await whole.close();
      await store.close?.();
    },
  };
}

async function answer(
  { files, limits }: Place,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  sign: (file: string) => Promise<string>,
): Promise<void> {
  if (path === "/usage" && request.method === "GET") {
    const { bytes, files: count } = limits.usage();
    return reply(response, 200, { bytes, files: count });
  }
  if (path === "/files" && request.method === "GET") {
    const found = await files.readdir("/", { recursive: true, withFileTypes: true, stat: true });
    const list = found
      .filter((each) => each.isFile())
      .map(({ path: at, stat }) => ({ path: at, bytes: stat?.size }));
    return reply(response, 200, list);
  }
  if (!path.startsWith("/files/")) throw new Refusal(404, "there is no such page");
  const file = path.slice("/files".length);
  switch (request.method) {
    case "PUT":
      return reply(response, 200, await upload(files, file, request));
    case "GET":
      // Of what is there: an address of nothing would be an error of the bucket's.
      return void response.writeHead(302, { location: await sign(await files.realpath(file)) }).end();
    case "DELETE":
      await files.unlink(file);
      return reply(response, 200, {});
    default:
      throw new Refusal(405, "that cannot be done here");
  }
}

async function upload(files: Vfs, file: string, request: IncomingMessage): Promise<object> {
  const { "content-length": length, "content-type": contentType } = request.headers;
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = request.headers;
  const bytes = await files.writeStream(file, request, {
    // With a length a file that is too large is refused before it is read.
    ...(length === undefined ? {} : { size: Number(length) }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(ifMatch === undefined ? {} : { ifMatch: ifMatch.replaceAll('"', "") }),
    ...(ifNoneMatch === "*" ? { ifNoneMatch } : {}),
  });
  const { etag } = await files.stat(file);
  return { bytes, etag };
}
