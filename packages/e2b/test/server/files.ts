import {
  closeSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, extname } from "node:path";
import { createGunzip, gunzipSync, gzipSync } from "node:zlib";
import { bodyOf, type Exchange } from "./exchange.ts";
import { partsOf } from "./multipart.ts";
import { isCode, reasonOf, Refusal } from "./refusal.ts";
import type { Sandbox } from "./sandbox.ts";
import { give, makeDirectories, userNamed, type User } from "./users.ts";
import { tellAll } from "./watch.ts";

/** `GET /files`: a file, or a range of it. */
export function readFile(sandbox: Sandbox, exchange: Exchange): void {
  const asked = exchange.url.searchParams.get("path") ?? "";
  const path = sandbox.absolute(asked);
  const stats = statSync(sandbox.toHost(path), { throwIfNoEntry: false });
  if (stats === undefined) throw new Refusal(404, `path '${path}' does not exist`);
  if (stats.isDirectory()) throw new Refusal(400, `path '${path}' is a directory`);
  if (!stats.isFile()) throw new Refusal(400, `path '${path}' is not a regular file`);
  const headers: Record<string, string> = {
    "content-disposition": `inline; filename=${basename(path).replace(/[^\x20-\x7e]/g, "_")}`,
    "content-type": extname(path) === ".txt" ? "text/plain; charset=utf-8" : "application/octet-stream",
    vary: "Accept-Encoding",
  };
  const range = exchange.header("range");
  const accepts = exchange.header("accept-encoding") ?? "";
  if (range !== undefined && accepts.includes("identity;q=0")) throw new Refusal(406, "identity is refused");
  const since = exchange.header("if-modified-since");
  const data = readFileSync(sandbox.toHost(path));
  if (range === undefined && since === undefined && accepts.includes("gzip"))
    return exchange.answer(200, { ...headers, "content-encoding": "gzip" }, gzipSync(data, { level: 1 }));
  headers["last-modified"] = stats.mtime.toUTCString();
  if (since !== undefined && Math.floor(stats.mtimeMs / 1000) * 1000 <= Date.parse(since))
    return exchange.answer(304, headers);
  headers["accept-ranges"] = "bytes";
  sendRange(exchange, headers, data, range);
}

function sendRange(
  exchange: Exchange,
  headers: Record<string, string>,
  data: Buffer,
  range: string | undefined,
): void {
  if (range === undefined) return exchange.answer(200, headers, data);
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const start = from === "" ? Math.max(0, data.length - Number(to)) : Number(from);
  const end = from === "" || to === "" ? data.length - 1 : Math.min(Number(to), data.length - 1);
  if (start >= data.length || start > end) {
    exchange.answer(416, { ...headers, "content-range": `bytes */${data.length}` });
    return;
  }
  headers["content-range"] = `bytes ${start}-${end}/${data.length}`;
  exchange.answer(206, headers, data.subarray(start, end + 1));
}

/** `POST /files`: one file as it is, or many in a form. */
export async function writeFiles(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  const user = userNamed(exchange.userName);
  const type = exchange.header("content-type") ?? "";
  const path = exchange.url.searchParams.get("path");
  const metadata = metadataOf(exchange);
  if (type.startsWith("application/octet-stream")) {
    if (path === null) throw new Refusal(400, "path is required");
    await receive(sandbox, exchange, sandbox.absolute(path), user);
    return exchange.answer(200, PLAIN, JSON.stringify([told(sandbox, path, metadata)]));
  }
  let body = await bodyOf(exchange.incoming);
  exchange.entry.requestBytes = body.length;
  if (exchange.header("content-encoding") === "gzip") body = gunzipSync(body);
  const parts = partsOf(type, body).filter(({ name }) => name === "file");
  const targets = parts.map(({ filename = "", data }) => ({ path: path ?? filename, data }));
  if (new Set(targets.map((one) => sandbox.absolute(one.path))).size < targets.length)
    throw new Refusal(400, "the same path is given twice");
  for (const target of targets) {
    const file = create(sandbox, sandbox.absolute(target.path), user);
    writeSync(file, target.data);
    closeSync(file);
    written(sandbox, target.path, target.data.length);
  }
  const all = targets.map((one) => told(sandbox, one.path, metadata));
  exchange.answer(200, PLAIN, JSON.stringify(all));
}

const PLAIN = { "content-type": "text/plain; charset=utf-8" };

function metadataOf({ entry }: Exchange): Record<string, string> {
  const found = Object.entries(entry.headers).filter(([name]) => name.startsWith("x-metadata-"));
  return Object.fromEntries(found.map(([name, value]) => [name.slice("x-metadata-".length), value]));
}

/** Writes as it comes: what has come of a body that breaks off stays. */
async function receive(sandbox: Sandbox, exchange: Exchange, path: string, user: User): Promise<void> {
  const file = create(sandbox, path, user);
  const { incoming } = exchange;
  const source = exchange.header("content-encoding") === "gzip" ? incoming.pipe(createGunzip()) : incoming;
  let bytes = 0;
  try {
    for await (const chunk of source) {
      const data = chunk as Buffer;
      bytes += data.length;
      exchange.entry.requestBytes = bytes;
      if (exchange.fault?.kind !== "reset-middle") writeSync(file, data);
      else {
        writeSync(file, data, 0, data.length >> 1);
        exchange.response.destroy();
        return;
      }
    }
  } finally {
    closeSync(file);
  }
  written(sandbox, path, bytes);
}

/** Opens a file to be written over where it lies: what was in it is gone. */
function create(sandbox: Sandbox, path: string, user: User): number {
  const host = sandbox.toHost(path);
  const found = statSync(host, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) throw new Refusal(400, `path is a directory: ${path}`);
  try {
    makeDirectories(dirname(host), user);
    const file = openSync(host, "w", 0o644);
    if (found === undefined) tellAll(sandbox, host, "CREATE");
    give(host, user);
    tellAll(sandbox, host, "CHMOD");
    return file;
  } catch (error) {
    if (isCode(error, "ENOTDIR", "EEXIST"))
      throw new Refusal(500, `error ensuring directories: path is a file: ${dirname(path)}`);
    throw new Refusal(isCode(error, "ENOSPC") ? 507 : 500, `error opening file: ${reasonOf(error)}`);
  }
}

function written(sandbox: Sandbox, path: string, bytes: number): void {
  if (bytes > 0) tellAll(sandbox, sandbox.toHost(path), "WRITE");
}

function told(sandbox: Sandbox, path: string, metadata: Record<string, string>): object {
  const { ino } = lstatSync(sandbox.toHost(path), { bigint: true });
  sandbox.attributes.delete(ino);
  const absolute = sandbox.absolute(path);
  const said = { name: basename(absolute), path: absolute, type: "file" };
  if (Object.keys(metadata).length === 0) return said;
  sandbox.attributes.set(ino, metadata);
  return { metadata, ...said };
}

/** `POST /files/compose`: makes one file of many, in one step, and takes those away. */
export function compose(sandbox: Sandbox, exchange: Exchange): void {
  const {
    source_paths: sources,
    destination,
    username,
  } = exchange.json() as {
    source_paths: string[];
    destination: string;
    username?: string;
  };
  const hosts = sources.map((path) => sandbox.toHost(path));
  const target = sandbox.toHost(destination);
  const temporary = `${target}.compose`;
  writeFileSync(temporary, Buffer.concat(hosts.map((path) => readFileSync(path))));
  give(temporary, userNamed(username));
  renameSync(temporary, target);
  for (const path of hosts) rmSync(path);
  const path = sandbox.absolute(destination);
  exchange.answer(
    200,
    { "content-type": "application/json" },
    `${JSON.stringify({ name: basename(path), path, type: "file" })}\n`,
  );
}
