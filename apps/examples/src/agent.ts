import { createVfs, isVfsError, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createSession, python, type Session } from "@vfs/sandbox";
import { failureOf } from "./failure.ts";
import { audit, secure, type SecureLayer } from "@vfs/security";
import { snapshots, type Snapshots } from "@vfs/snapshot";

/** A call of a tool, as a language model asks for it. */
export interface ToolCall {
  readonly tool: string;
  readonly input: Readonly<Record<string, string>>;
}

/** What the model is told. */
export interface ToolResult {
  readonly ok: boolean;
  readonly text: string;
}

type Tool = (input: Readonly<Record<string, string>>) => Promise<string>;

const MAX_TEXT = 20_000;

/** The files of an agent, and what it may do with them. */
export class Workspace implements AsyncDisposable {
  /** The files as the agent sees them: behind its rules. */
  readonly files: Vfs;
  readonly #host: Vfs;
  readonly #policy: SecureLayer;
  readonly #session: Session;
  readonly #states: Snapshots;
  readonly #tools: Readonly<Record<string, Tool>>;
  /** The etag of each file as the agent has last seen it: it changes nothing that it has not read. */
  readonly #seen: Map<string, string> = new Map();
  #steps = 0;

  private constructor(host: Vfs, files: Vfs, policy: SecureLayer, session: Session) {
    this.#host = host;
    this.files = files;
    this.#policy = policy;
    this.#session = session;
    // Marks are taken around the rules, and kept where the agent does not reach.
    this.#states = snapshots(host, { store: memory() });
    this.#tools = {
      list_files: async ({ path = "/" }) => (await this.files.readdir(path, { recursive: true })).join("\n"),
      read_file: ({ path = "" }) => this.#read(path),
      write_file: ({ path = "", content = "" }) => this.#write(path, content),
      search: ({ pattern = "" }) => this.#search(pattern),
      run_python: ({ code = "" }) => this.#run(code),
      undo: () => this.#undo(),
    };
  }

  /** @param log Where it is written down what the agent does; a store of its own. */
  static async open(store: Provider, log: Provider): Promise<Workspace> {
    const policy = secure("untrusted", {
      allowedPaths: ["/"],
      maxDepth: 10,
      maxFiles: 1000,
      deny: [{ name: "inputs stay", path: "/inputs", operations: ["write", "create", "delete"] }],
    });
    const written = audit({ provider: log, path: "/audit.jsonl" });
    const host = createVfs(store, { keepOpen: true });
    const files = createVfs(store, { layers: [written, policy] }).view({ actor: "agent" });
    const limits = { timeoutMs: 5_000, outputBytes: 64 << 10, memoryBytes: 128 << 20 };
    const session = await createSession({ vfs: files, engine: python(), limits });
    return new Workspace(host, files, policy, session);
  }

  /** Does what the model asks for. What goes wrong is an answer to the model, not an error of this program. */
  async call({ tool, input }: ToolCall): Promise<ToolResult> {
    const run = this.#tools[tool];
    if (run === undefined) return { ok: false, text: `there is no tool ${tool}` };
    try {
      const text = await run(input);
      return { ok: true, text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}\n(cut)` : text };
    } catch (error) {
      if (!isVfsError(error)) throw error;
      return { ok: false, text: error.message };
    }
  }

  /** What was refused, for those who watch. */
  violations(): string[] {
    return this.#policy.violations().map(({ path, rule }) => `${path}: ${rule}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.close();
    await this.#states.close();
    await this.files.close();
    await this.#host.close();
  }

  async #read(path: string): Promise<string> {
    const { etag } = await this.files.stat(path);
    const text = await this.files.readFile(path, { encoding: "utf8", ifMatch: etag });
    if (etag !== undefined) this.#seen.set(path, etag);
    return text;
  }

  async #write(path: string, content: string): Promise<string> {
    const seen = this.#seen.get(path);
    if (seen === undefined && (await this.files.exists(path)))
      return "not written: read the file first, it is there already";
    await this.#mark();
    // Somebody else may have changed it since: then this is ESTALE, and the model has to look again.
    await this.files.writeFile(path, content, seen === undefined ? { flag: "wx" } : { ifMatch: seen });
    await this.#read(path);
    return "written";
  }

  async #search(pattern: string): Promise<string> {
    const found: string[] = [];
    for await (const { path, line, text } of this.files.grep("/", pattern, { maxResults: 50 }))
      found.push(`${path}:${line}: ${text}`);
    return found.join("\n") || "nothing found";
  }

  async #run(code: string): Promise<string> {
    await this.#mark();
    const { stdout, repr, error } = await this.#session.execute(code);
    return [stdout, repr, error && failureOf(error)]
      .filter((part) => part !== undefined && part !== "")
      .join("\n");
  }

  /** Before something is changed, so that one step can be taken back. */
  async #mark(): Promise<void> {
    await this.#states.create(`step ${++this.#steps}`);
  }

  async #undo(): Promise<string> {
    if (this.#steps === 0) return "there is nothing to take back";
    const name = `step ${this.#steps--}`;
    const { removed, made, written } = await this.#states.restore(name);
    await this.#states.delete(name);
    this.#seen.clear();
    return `taken back: ${[...removed, ...made, ...written].join(", ")}`;
  }
}
