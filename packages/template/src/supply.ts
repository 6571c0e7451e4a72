import {
  createVfs,
  isVfsError,
  VfsError,
  type Bytes,
  type Content,
  type Provider,
  type Vfs,
} from "@vfs/core";
import type { Origin } from "./plan.ts";
import { expand, scan } from "./variables.ts";

/** Where the contents of files come from, the provider for `contentFrom` among them. */
export class Supply implements AsyncDisposable {
  readonly #source: Vfs | undefined;

  /** @param root Which directory of the provider is the root. */
  constructor(provider: Provider | undefined, root?: string) {
    this.#source = provider && createVfs(provider, { keepOpen: true }).view({ root, readOnly: true });
  }

  /** Fails for content that cannot be had, before anything is changed. */
  async check(origin: Origin): Promise<void> {
    if (!("from" in origin)) return;
    if (origin.values !== undefined) return void (await this.whole(origin));
    const { type } = await this.#from(origin.from).stat(origin.from);
    if (type !== "file")
      throw new VfsError("EISDIR", { syscall: "apply", path: origin.from, hint: "contentFrom names a file" });
  }

  /** Content to be written: a stream where it need not be in memory. */
  async content(origin: Origin): Promise<Content> {
    if ("from" in origin && origin.values === undefined) return this.#stream(origin.from);
    return this.whole(origin);
  }

  /** Content in one piece. */
  async whole(origin: Origin): Promise<string | Bytes> {
    if (!("from" in origin)) return origin.data as string | Bytes;
    const { from, values } = origin;
    if (values === undefined) return this.#from(from).readFile(from);
    const text = await this.#from(from).readFile(from, "utf8");
    const { names, faults } = scan(text);
    const missing = [...names].find((name) => !values.has(name));
    const hint = faults[0]?.message ?? (missing === undefined ? undefined : `\`${missing}\` has no value`);
    if (hint !== undefined) throw new VfsError("EINVAL", { syscall: "apply", path: from, hint });
    return expand(text, values);
  }

  /** What fails here is told of under the path of the file that is to be made. */
  async *#stream(from: string): AsyncGenerator<Bytes> {
    try {
      yield* this.#from(from).readStream(from);
    } catch (error) {
      if (!isVfsError(error)) throw error;
      throw new VfsError(error.code, { hint: `contentFrom ${from} cannot be read`, cause: error });
    }
  }

  #from(path: string): Vfs {
    if (this.#source !== undefined) return this.#source;
    const hint = "no provider was given for contentFrom: pass { contentFrom: provider }";
    throw new VfsError("EINVAL", { syscall: "apply", path, hint });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source?.close();
  }
}
