import type { IncomingMessage, ServerResponse } from "node:http";
import { createVfs, type Vfs } from "@vfs/core";
import { createPool, python, type ExecutionResult, type Pool, type Session } from "@vfs/sandbox";
import { sqlite } from "@vfs/sqlite";
import { failureOf } from "./failure.ts";
import { jsonOf, Refusal, reply, serve, type Running } from "./http.ts";

/** A piece of code, and what came of it. */
export interface Cell {
  readonly code: string;
  readonly stdout: string;
  readonly value: string | undefined;
  readonly error: string | undefined;
  /** Images and other views of the value, as data URLs by type. */
  readonly views: Readonly<Record<string, string>>;
}

export interface NotebookOptions {
  /** The SQLite file with all notebooks and their files. */
  readonly file: string;
  readonly timeoutMs?: number | undefined;
  readonly port?: number | undefined;
}

/**
 * A server of notebooks:
 *
 * - `POST /notebooks/NAME/cells` with `{ "code": "..." }` runs a cell and answers it; names stay from cell to cell.
 * - `GET /notebooks/NAME` answers all of its cells, `DELETE /notebooks/NAME/session` forgets its names.
 * - `PUT` and `GET /notebooks/NAME/files/PATH`: its files, which the code has in `/data`.
 *
 * A notebook sees its own files only. When the server is started again cells and files are there, names are not.
 */
export async function notebookServer({ file, timeoutMs = 10_000, port }: NotebookOptions): Promise<Running> {
  const vfs = createVfs(sqlite({ file }));
  const pool = await createPool({
    size: 1,
    engine: python(),
    vfs,
    limits: { timeoutMs, memoryBytes: 128 << 20 },
  });
  const notebooks = new Map<string, Notebook>();
  const running = await serve(async (request, response) => {
    const [, root, name = "", part, ...rest] = decodeURI(
      new URL(request.url ?? "/", "http://here").pathname,
    ).split("/");
    if (root !== "notebooks" || !/^[\w-]{1,64}$/.test(name)) throw new Refusal(404, "there is no such page");
    const notebook = notebooks.get(name) ?? new Notebook(vfs, pool, name);
    notebooks.set(name, notebook);
    await answer(notebook, `${request.method} ${part ?? ""}`, rest.join("/"), request, response);
  }, port);
  return {
    url: running.url,
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      for (const notebook of notebooks.values()) await notebook.forget();
      await pool.close();
      await vfs.close();
    },
  };
}

async function answer(
  notebook: Notebook,
  what: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (what) {
    case "POST cells": {
      const { code } = (await jsonOf(request)) as { code?: unknown };
      if (typeof code !== "string") throw new Refusal(400, "a cell has code");
      return reply(response, 200, await notebook.run(code));
    }
    case "GET ":
      return reply(response, 200, await notebook.cells());
    case "DELETE session":
      await notebook.forget();
      return reply(response, 200, {});
    case "PUT files": {
      const files = await notebook.files();
      const at = path.lastIndexOf("/");
      if (at > 0) await files.mkdir(`/${path.slice(0, at)}`, { recursive: true });
      return reply(response, 200, { bytes: await files.writeStream(`/${path}`, request) });
    }
    case "GET files": {
      const files = await notebook.files();
      const { size } = await files.stat(`/${path}`);
      response.writeHead(200, { "content-length": size });
      for await (const chunk of files.readStream(`/${path}`)) response.write(chunk);
      return void response.end();
    }
    default:
      throw new Refusal(405, "that cannot be done here");
  }
}

/** One notebook: its cells lie beside its files, where its code does not see them. */
class Notebook {
  readonly #vfs: Vfs;
  readonly #pool: Pool;
  readonly #home: string;
  #session: Session | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(vfs: Vfs, pool: Pool, name: string) {
    this.#vfs = vfs;
    this.#pool = pool;
    this.#home = `/${name}`;
  }

  async files(): Promise<Vfs> {
    await this.#vfs.mkdir(`${this.#home}/files`, { recursive: true });
    return this.#vfs.view({ root: `${this.#home}/files` });
  }

  async cells(): Promise<Cell[]> {
    const path = `${this.#home}/cells.jsonl`;
    if (!(await this.#vfs.exists(path))) return [];
    const lines = (await this.#vfs.readFile(path, "utf8")).trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line) as Cell);
  }

  /** Runs a cell when those before it are done. */
  run(code: string): Promise<Cell> {
    const done = this.#last.then(() => this.#run(code));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async forget(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }

  async #run(code: string): Promise<Cell> {
    this.#session ??= await this.#pool.acquire({ vfs: await this.files() });
    const cell = cellOf(code, await this.#session.execute(code));
    // One line in one step: two servers on one file lose no cell.
    await this.#vfs.appendFile(`${this.#home}/cells.jsonl`, `${JSON.stringify(cell)}\n`);
    return cell;
  }
}

function cellOf(code: string, { stdout, repr, error, mime }: ExecutionResult): Cell {
  const views = Object.entries(mime).map(([type, value]) => {
    const data = typeof value === "string" ? Buffer.from(value) : value;
    return [type, `data:${type};base64,${Buffer.from(data).toString("base64")}`];
  });
  return { code, stdout, value: repr, error: error && failureOf(error), views: Object.fromEntries(views) };
}
