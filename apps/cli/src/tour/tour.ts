import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createVfs, type Vfs } from "@vfs/core";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { createSession, python, type ExecutionResult, type Session } from "@vfs/sandbox";
import { sqlite } from "@vfs/sqlite";
import type { Output } from "../output.ts";
import { Progress } from "../progress.ts";
import { bytesText, quoted } from "../text.ts";
import { makeWay, mark } from "./database.ts";
import { COUNT_LINES, LOOK_AT_HOST, READ_REPORT, WRITE_READ_ONLY } from "./guest-code.ts";

/** Folders that are made by tools and say nothing about a project. */
const PASSED_OVER: ReadonlySet<string> = new Set(["node_modules", "dist", "snapshot", ".git", ".turbo"]);

/**
 * Shows what there is, step by step, on real files, and fails loudly when a step does not go as it says.
 *
 * @param folder What is mounted at `/src`, read-only.
 * @param file The database that is mounted at `/db`; that of an earlier tour is replaced.
 * @throws VfsError `EEXIST` when the file is anything else.
 */
export async function tour(output: Output, folder: string, file: string | undefined): Promise<void> {
  const database = file ?? join(await mkdtemp(join(tmpdir(), "vfs-tour-")), "tour.db");
  await using vfs = createVfs(memory());
  const guide = new Guide(output, vfs, folder, database);
  await makeWay(database, guide.near(database));
  await guide.mount();
  await guide.copy();
  await guide.count();
  await guide.tryToBreakOut();
  await guide.lookAgain();
  await guide.farewell();
}

class Guide {
  readonly #output: Output;
  readonly #vfs: Vfs;
  readonly #folder: string;
  readonly #database: string;
  #step = 0;
  #copied = 0;

  constructor(output: Output, vfs: Vfs, folder: string, database: string) {
    this.#output = output;
    this.#vfs = vfs;
    this.#folder = folder;
    this.#database = database;
  }

  async mount(): Promise<void> {
    await this.#heading("Three stores under one root");
    await this.#vfs.mount("/db", sqlite({ file: this.#database }));
    await mark(this.#vfs, "/db");
    await this.#vfs.mount("/src", local({ root: this.#folder }), { readOnly: true });
    await this.#vfs.writeFile("/hello.txt", "only in memory\n");
    const what: Record<string, string> = {
      "/": "",
      "/db": this.near(this.#database),
      "/src": this.near(this.#folder),
    };
    for (const { path, provider, readOnly } of this.#vfs.mounts())
      await this.#say(
        `${path.padEnd(6)} ${provider.padEnd(7)} ${what[path]}${readOnly ? "  (read-only)" : ""}`,
      );
    const names = (await this.#vfs.readdir("/")).sort();
    this.#expect(
      names.join(" ") === "db hello.txt src",
      `the root has db, hello.txt and src, not ${names.join(" ")}`,
    );
  }

  async copy(): Promise<void> {
    await this.#heading("Stream the tree from /src into /db");
    const progress = new Progress(this.#output.terminal, "/src -> /db/src");
    const began = performance.now();
    const wanted = (path: string): boolean => !PASSED_OVER.has(path.slice(path.lastIndexOf("/") + 1));
    try {
      const { signal } = this.#output.terminal;
      const options = { recursive: true, filter: wanted, signal, onProgress: progress.tell };
      await this.#vfs.cp("/src", "/db/src", options);
    } finally {
      progress.end();
    }
    const took = seconds(began);
    let bytes = 0;
    for await (const { path, stat: stats } of this.#vfs.find("/db/src", { type: "file", stat: true })) {
      this.#copied++;
      bytes += stats?.size ?? 0;
      await this.#compare(path);
    }
    this.#expect(this.#copied > 0, `there are files in ${this.#folder}`);
    await this.#say(`${this.#copied} files, ${bytesText(bytes)}, in ${took}`);
    await this.#say("each has the SHA-256 of its original");
  }

  /** What was copied is what was there, down to the last byte. */
  async #compare(copy: string): Promise<void> {
    const original = copy.slice("/db".length);
    const [before, after] = await Promise.all([this.#vfs.checksum(original), this.#vfs.checksum(copy)]);
    this.#expect(before === after, `${copy} has the same SHA-256 as ${original}`);
  }

  async count(): Promise<void> {
    await this.#heading("Untrusted Python builds a SQLite database from them, in the mount");
    const began = performance.now();
    await using session = await this.#session();
    await this.#say(`session ready after ${seconds(began)}`);
    const result = await this.#run(
      session,
      `passed_over = ${JSON.stringify([...PASSED_OVER])}\n${COUNT_LINES}`,
    );
    await this.#show(result.stdout);
    const report = await this.#vfs.stat("/db/report.db");
    await this.#say(
      `/db/report.db has ${bytesText(report.size)}; the code took ${(result.durationMs / 1000).toFixed(2)} s`,
    );
  }

  async tryToBreakOut(): Promise<void> {
    await this.#heading("What the code cannot do");
    const secret = `secret-${randomUUID()}`;
    const folder = await mkdtemp(join(tmpdir(), "vfs-tour-secret-"));
    try {
      const path = join(folder, "secret.txt");
      await writeFile(path, secret);
      await this.#tryAll(path, secret);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async #tryAll(path: string, secret: string): Promise<void> {
    await using session = await this.#session();
    const writing = await this.#run(session, WRITE_READ_ONLY);
    await this.#show(writing.stdout);
    this.#expect(writing.stdout.includes("Read-only file system"), "writing to /data/src is refused");
    const looking = await this.#run(session, `host_file = ${JSON.stringify(path)}\n${LOOK_AT_HOST}`);
    await this.#show(looking.stdout);
    this.#expect(looking.stdout.includes("No such file or directory"), "a file of this machine is not there");
    this.#expect(looking.stdout.includes("ImportError"), "the program around the code cannot be reached");
    this.#expect(!looking.stdout.includes(secret), "the secret of this machine is not read");
  }

  async lookAgain(): Promise<void> {
    await this.#heading("A second session finds what the first has made");
    await using session = await this.#session();
    const result = await this.#run(session, READ_REPORT);
    await this.#show(result.stdout);
    this.#expect(
      result.stdout.includes(` ${this.#copied} files`) && result.stdout.includes("integrity: ok"),
      `the second session reads the first one's database, with its ${this.#copied} files`,
    );
  }

  async farewell(): Promise<void> {
    await this.#heading("Go on from here");
    const store = `sqlite:${this.near(this.#database)}`;
    const vfs = process.env["npm_command"] === undefined ? "vfs" : "npm start --";
    const code = "print(open('/data/db/hello.txt').read())";
    await this.#say(`${vfs} tree -L 2 ${quoted(store)}`);
    await this.#say(`${vfs} grep -m 5 TODO ${quoted(`${store}:/src`)}`);
    await this.#say(`${vfs} run --mount ${quoted(`/db=${store}`)} -c "${code}"`);
    await this.#say(`${vfs} --help`);
    await this.#vfs.mv("/hello.txt", "/db/hello.txt");
  }

  #session(): Promise<Session> {
    return createSession({ vfs: this.#vfs, engine: python() });
  }

  async #run(session: Session, code: string): Promise<ExecutionResult> {
    const result = await session.execute(code, { signal: this.#output.terminal.signal });
    this.#expect(result.ok, `the code runs to its end: ${result.error?.traceback ?? ""}`);
    return result;
  }

  async #heading(text: string): Promise<void> {
    this.#step++;
    await this.#output.result({ step: this.#step, title: text }, `\n${this.#step}. ${text}`);
  }

  async #say(text: string): Promise<void> {
    await this.#output.result({ step: this.#step, text }, `   ${text}`);
  }

  async #show(printed: string): Promise<void> {
    for (const line of printed.trimEnd().split("\n")) await this.#say(line);
  }

  #expect(condition: boolean, what: string): void {
    if (!condition) throw new Error(`step ${this.#step} of the tour went wrong; expected that ${what}`);
  }

  /** A path of the host, as short as it can be written from here. */
  near(path: string): string {
    const short = relative(this.#output.terminal.cwd, path);
    return short === "" ? "." : short.startsWith("..") ? path : short;
  }
}

function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(2)} s`;
}
