import { Buffer } from "node:buffer";
import { once, type EventEmitter } from "node:events";
import type nodeFs from "node:fs";
import { text } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import { promisify } from "node:util";

type Fs = typeof nodeFs;
type Log = (...values: unknown[]) => void;

/** Something that both sides do, in a directory of their own, writing down what they saw. */
export type Scenario = (fs: Fs, at: string, log: Log) => Promise<void> | void;

function follow(stream: nodeFs.ReadStream | nodeFs.WriteStream, log: Log): void {
  for (const event of ["open", "ready", "end", "finish", "close"])
    stream.on(event, (value: unknown) => log(event, typeof value));
  stream.on("error", (error: NodeJS.ErrnoException) => log("error", error.code, error.message));
}

async function failure(action: () => unknown): Promise<unknown> {
  try {
    return ["no failure", await action()];
  } catch (error) {
    const { name, code, message, syscall } = error as Record<string, unknown>;
    return [name, code, message, syscall];
  }
}

const TEXT = "0123456789".repeat(20_000);

/** By what they are about. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  async "a read stream tells what happens"(fs, at, log) {
    fs.writeFileSync(`${at}/a`, TEXT);
    const stream = fs.createReadStream(`${at}/a`);
    log(stream.pending, stream.path, stream.bytesRead, stream instanceof fs.ReadStream);
    follow(stream, log);
    stream.on("data", (chunk) => log("data", chunk.length));
    await once(stream, "close");
    log(stream.bytesRead, stream.closed, stream.destroyed, stream.pending);
  },
  async "a read stream takes a range, an encoding and a size"(fs, at, log) {
    fs.writeFileSync(`${at}/a`, TEXT);
    for (const options of [
      { start: 3, end: 8 },
      { start: 199_995 },
      { end: 0 },
      { start: 300_000 },
      { start: 5, end: 24, highWaterMark: 7 },
    ]) {
      const chunks: string[] = [];
      for await (const chunk of fs.createReadStream(`${at}/a`, { ...options, encoding: "latin1" }))
        chunks.push(chunk as string);
      log(chunks);
    }
    log(await text(fs.createReadStream(`${at}/a`, "base64")).then((all) => all.length));
    for (const options of [{ start: "x" }, { start: 5, end: 2 }, { end: -1 }, { fd: "x" }, 5])
      log(await failure(() => fs.createReadStream(`${at}/a`, options as object)));
  },
  async "a read stream of nothing, and of a directory"(fs, at, log) {
    for (const path of [`${at}/nothing`, at]) {
      const stream = fs.createReadStream(path);
      follow(stream, log);
      stream.resume();
      await new Promise((resolve) => stream.on("close", resolve));
    }
  },
  async "a read stream can be ended early, and by a signal"(fs, at, log) {
    fs.writeFileSync(`${at}/a`, TEXT);
    for await (const chunk of fs.createReadStream(`${at}/a`, { highWaterMark: 10 })) {
      log(String(chunk));
      break;
    }
    const ending = new AbortController();
    const stream = fs.createReadStream(`${at}/a`, { signal: ending.signal });
    ending.abort();
    log(await failure(() => finished(stream)));
  },
  async "a read stream on a number, without closing it"(fs, at, log) {
    fs.writeFileSync(`${at}/a`, "abcdef");
    const fd = fs.openSync(`${at}/a`, "r");
    const stream = fs.createReadStream("", { fd, autoClose: false, start: 2, encoding: "utf8" });
    log(await text(stream), fs.fstatSync(fd).size);
    fs.closeSync(fd);
    log(await failure(() => fs.fstatSync(fd)));
  },
  async "a write stream tells what happens"(fs, at, log) {
    const stream = fs.createWriteStream(`${at}/new`);
    log(stream.pending, stream.path, stream.bytesWritten, stream instanceof fs.WriteStream);
    follow(stream, log);
    stream.write("one ");
    stream.write(Buffer.from("two "));
    stream.end("three");
    await once(stream, "close");
    log(stream.bytesWritten, fs.readFileSync(`${at}/new`, "utf8"), fs.statSync(`${at}/new`).mode);
  },
  async "a write stream has flags, a mode, a start, and writes in one go what was held back"(fs, at, log) {
    fs.writeFileSync(`${at}/a`, "0123456789");
    for (const options of [
      { flags: "a" },
      { flags: "r+", start: 2 },
      { flags: "wx" },
      { flush: true },
      { mode: 0o600, encoding: "hex" as const },
      { start: -1 },
      { highWaterMark: 2 },
    ]) {
      log(
        await failure(async () => {
          const stream = fs.createWriteStream(`${at}/a`, options);
          stream.cork();
          stream.write("61");
          stream.write("62");
          process.nextTick(() => stream.uncork());
          stream.end("63");
          await finished(stream);
        }),
        fs.readFileSync(`${at}/a`, "utf8"),
      );
    }
    log(await failure(() => finished(fs.createWriteStream(`${at}/nothing/new`).end("x"))));
  },
  async "a handle shares its place in the file with its number"(fs, at, log) {
    fs.writeFileSync(`${at}/a`, "abcdefghij");
    const handle = await fs.promises.open(`${at}/a`, "r+");
    const buffer = Buffer.alloc(2);
    await handle.read(buffer);
    log(String(buffer), fs.readSync(handle.fd, buffer), String(buffer));
    const read = promisify(fs.read) as (fd: number, buffer: Buffer) => Promise<{ bytesRead: number }>;
    log((await read(handle.fd, buffer)).bytesRead, String(buffer));
    log(await handle.write("XY"), fs.writeSync(handle.fd, "Z"), await handle.readFile("utf8"));
    log(await handle.readv([Buffer.alloc(3), Buffer.alloc(2)], 0));
    log(await handle.writev([Buffer.from("p"), Buffer.from("q")], 1));
    await handle.truncate(5);
    await handle.chmod(0o640);
    await handle.utimes(1, 2);
    const { size, mode, mtimeMs } = await handle.stat();
    log(size, mode, mtimeMs, (await handle.stat({ bigint: true })).size);
    // The types leave out that it is an emitter.
    (handle as unknown as EventEmitter).on("close", () => log("closed"));
    await handle.datasync();
    await handle.sync();
    await handle.close();
    log(handle.fd, await handle.close());
    log(fs.readFileSync(`${at}/a`, "utf8"));
  },
  async "a closed handle refuses everything"(fs, at, log) {
    fs.writeFileSync(`${at}/a`, "");
    const handle = await fs.promises.open(`${at}/a`, "r+");
    await handle.close();
    const names = [
      "read",
      "stat",
      "readFile",
      "write",
      "chmod",
      "sync",
      "truncate",
      "appendFile",
      "readv",
      "utimes",
    ];
    const methods = handle as unknown as Record<string, (...args: unknown[]) => unknown>;
    for (const name of names) log(name, await failure(() => methods[name]?.(Buffer.alloc(2), 1)));
    log(await failure(() => handle.createReadStream()));
    log(await failure(() => handle.read(5 as never)));
  },
  async "a handle gives lines, a web stream, and streams that close it"(fs, at, log) {
    fs.writeFileSync(`${at}/a`, "one\ntwo\r\nthree");
    const lines = await fs.promises.open(`${at}/a`);
    for await (const line of lines.readLines()) log(line);
    log(lines.fd);
    const web = await fs.promises.open(`${at}/a`);
    for await (const chunk of web.readableWebStream()) log(String(Buffer.from(chunk as Uint8Array)));
    log(web.fd === -1);
    await web.close();
    const own = await fs.promises.open(`${at}/a`, "w");
    const stream = own.createWriteStream({ encoding: "utf8" });
    stream.end("written");
    await once(stream, "close");
    log(own.fd, fs.readFileSync(`${at}/a`, "utf8"));
    const kept = await fs.promises.open(`${at}/a`);
    log(await text(kept.createReadStream({ start: 2, autoClose: false })), kept.fd === -1);
    await kept[Symbol.asyncDispose]();
    log(kept.fd);
  },
  async "a handle bears its own content"(fs, at, log) {
    const handle = await fs.promises.open(`${at}/a`, "a+");
    await handle.appendFile("one ");
    await handle.writeFile("two ");
    await fs.promises.writeFile(handle, "three");
    log(await handle.readFile({ encoding: "utf8" }), (await handle.read(Buffer.alloc(7), 0, 7, 0)).bytesRead);
    fs.unlinkSync(`${at}/a`);
    log((await handle.stat()).size, (await handle.stat()).nlink, fs.existsSync(`${at}/a`));
    await handle.close();
  },
  async "two that append lose nothing"(fs, at, log) {
    const [one, two] = [fs.openSync(`${at}/a`, "a"), fs.openSync(`${at}/a`, "a")];
    fs.writeSync(one, "1");
    fs.writeSync(two, "2", 0);
    await promisify(fs.appendFile)(one, "3");
    fs.appendFileSync(two, "4");
    log(fs.readFileSync(`${at}/a`, "utf8"));
    fs.closeSync(one);
    fs.closeSync(two);
  },
  async "a Dir is read in turns, and ends"(fs, at, log) {
    for (const name of ["a", "b", "c", "d"]) fs.writeFileSync(`${at}/${name}`, "");
    const dir = await fs.promises.opendir(at);
    const names = [(await dir.read())?.name, dir.readSync()?.name];
    names.push(await new Promise((resolve) => dir.read((_, entry) => resolve(entry?.name))));
    const [next, last] = await Promise.all([dir.read(), dir.read()]);
    log(new Set([...names, next?.name]), last, dir.path === at, dir instanceof fs.Dir);
    await dir.close();
    for (const action of [() => dir.read(), () => dir.readSync(), () => dir.close(), () => dir.closeSync()])
      log(await failure(action));
    const all: string[] = [];
    const iterated = fs.opendirSync(at);
    for await (const entry of iterated) all.push(entry.name);
    log(all.sort(), await failure(() => iterated.readSync()));
    const busy = await fs.promises.opendir(at);
    const reading = busy.read();
    log(await failure(() => busy.closeSync()));
    await reading;
    await busy.close();
  },
  async "temporary directories remove themselves"(fs, at, log) {
    const made = await fs.promises.mkdtempDisposable(`${at}/x-`);
    fs.writeFileSync(`${made.path}/a`, "");
    await made.remove();
    log(fs.existsSync(made.path));
    const now = fs.mkdtempDisposableSync(`${at}/x-`);
    now[Symbol.dispose]();
    log(fs.existsSync(now.path), now.path.startsWith(`${at}/x-`));
  },
  async "promisify gives what Node's gives"(fs, at, log) {
    const fd = fs.openSync(`${at}/a`, "w+");
    log(await promisify(fs.write)(fd, "hello"));
    log(await promisify(fs.writev)(fd, [Buffer.from("!")]));
    log(await promisify(fs.read)(fd, Buffer.alloc(5), 0, 5, 0));
    log(await promisify(fs.readv)(fd, [Buffer.alloc(2)], 1));
    log(await promisify(fs.exists)(`${at}/a`), await promisify(fs.exists)(`${at}/b`));
    log(await promisify(fs.close)(fd));
  },
  async "watchFile tells of a change, and of what is not there"(fs, at, log) {
    fs.writeFileSync(`${at}/a`, "one");
    const changed = new Promise<[nodeFs.Stats, nodeFs.Stats]>((resolve) => {
      fs.watchFile(`${at}/a`, { interval: 10 }, (now, before) => resolve([now, before]));
    });
    // Once it is known what was there.
    await promisify(fs.stat)(`${at}/a`);
    await new Promise(setImmediate);
    fs.writeFileSync(`${at}/a`, "three");
    const [now, before] = await changed;
    log(now.size, before.size);
    fs.unwatchFile(`${at}/a`);
    const missing = await new Promise<nodeFs.BigIntStats>((resolve) => {
      fs.watchFile(`${at}/nothing`, { bigint: true, interval: 10 }, (stats) => resolve(stats));
    });
    log(missing.size, missing.mtimeMs, missing.isFile());
    fs.unwatchFile(`${at}/nothing`);
    log(await failure(() => fs.watchFile(`${at}/a`, 5 as never)));
  },
  async "openAsBlob gives the content"(fs, at, log) {
    fs.writeFileSync(`${at}/a`, "blob");
    const blob = await fs.openAsBlob(`${at}/a`, { type: "text/plain" });
    log(blob.size, blob.type, await blob.text());
    log(await failure(() => fs.openAsBlob(`${at}/nothing`)));
  },
};
