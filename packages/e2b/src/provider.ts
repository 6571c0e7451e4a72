import {
  joinPath,
  ROOT,
  type AppendOptions,
  type ByteSource,
  type Bytes,
  type Capabilities,
  type Context,
  type CopyOptions,
  type Entry,
  type FindQuery,
  type ListOptions,
  type MkdirOptions,
  type OpenOptions,
  type Page,
  type Provider,
  type ProviderFile,
  type ProviderWatch,
  type ProviderWatchOptions,
  type ReadOptions,
  type RemoveOptions,
  type RenameOptions,
  type Scanned,
  type ScanQuery,
  type Stat,
  type StatChanges,
  type StatFs,
  type StatOptions,
  type StreamReadOptions,
  type StreamWriteOptions,
  type Usage,
  type VPath,
  type WriteManyOptions,
  type WriteOptions,
} from "@vfs/core";
import type { Sandbox } from "e2b";
import { capsOf } from "./caps.ts";
import { RemoteFile } from "./file.ts";
import { Pages } from "./pages.ts";
import type { Remote } from "./remote/remote.ts";
import { runCommand, type RunOptions, type RunResult } from "./run.ts";
import { checkPath } from "./temporaries.ts";
import { append, setStat, truncate } from "./verbs/change.ts";
import { copy } from "./verbs/copy.ts";
import { find, list, statfs, usage } from "./verbs/list.ts";
import { readlink, stat } from "./verbs/look.ts";
import { link, mkdir, remove, rename, symlink } from "./verbs/names.ts";
import { read, readStream } from "./verbs/read.ts";
import { scan, type Scans } from "./verbs/scan.ts";
import { write, writeStream } from "./verbs/write.ts";
import { writeMany } from "./verbs/write-many.ts";
import { RemoteWatch } from "./watch.ts";

/** The files of a sandbox as a filesystem. */
export class E2bProvider implements Provider {
  readonly name = "e2b";
  readonly caps: Capabilities;
  readonly inodeSpace: string | undefined;
  readonly #remote: Remote;
  readonly #end: () => Promise<void>;
  readonly #found = new Pages<Entry>();
  readonly #scans: Scans = new Pages();
  readonly #files = new Set<RemoteFile>();
  readonly #watches = new Set<ProviderWatch>();

  constructor(remote: Remote, sandboxId: string | undefined, end: () => Promise<void>) {
    this.#remote = remote;
    this.#end = end;
    this.caps = capsOf(remote.root);
    this.inodeSpace = sandboxId === undefined ? undefined : `e2b:${sandboxId}`;
  }

  /**
   * The sandbox itself, for what is not about files. It is made, or connected to, when it is first needed: asking for it
   * is such a need.
   */
  get sandbox(): Promise<Sandbox> {
    return this.#remote.sandbox;
  }

  /**
   * Runs a command in the sandbox, as `bash -l -c` does. No layer of a Vfs hears of it.
   *
   * @param command Text for the shell: whoever puts words of others into it must quote them.
   * @returns Also for a command that fails: its status is 0 when it did not.
   * @throws VfsError `ETIMEDOUT` after `timeoutMs`, `ENXIO` when the sandbox does not run.
   */
  run(command: string, options: RunOptions = {}): Promise<RunResult> {
    return runCommand(this.#remote, command, options);
  }

  stat(path: VPath, options: StatOptions, { signal }: Context): Promise<Stat> {
    return this.#on([path], () => stat(this.#remote, path, options, signal));
  }

  read(path: VPath, options: ReadOptions, { signal }: Context): Promise<Bytes> {
    return this.#on([path], () => read(this.#remote, path, options, signal));
  }

  readStream(path: VPath, options: StreamReadOptions, { signal }: Context): Promise<ByteSource> {
    return this.#on([path], () => readStream(this.#remote, path, options, signal));
  }

  list(path: VPath, options: ListOptions, { signal }: Context): Promise<Page<Entry>> {
    return this.#on([path], () => list(this.#remote, path, options, signal));
  }

  find(path: VPath, query: FindQuery, { signal }: Context): Promise<Page<Entry>> {
    return this.#on([path], () => find(this.#remote, this.#found, path, query, signal));
  }

  scan(path: VPath, query: ScanQuery, { signal }: Context): Promise<Page<Scanned>> {
    return this.#on([path], () => scan(this.#remote, this.#scans, path, query, signal));
  }

  readlink(path: VPath, { signal }: Context): Promise<string> {
    return this.#on([path], () => readlink(this.#remote, path, signal));
  }

  usage({ signal }: Context): Promise<Usage> {
    return usage(this.#remote, signal);
  }

  statfs({ signal }: Context): Promise<StatFs> {
    return statfs(this.#remote, ROOT, signal);
  }

  write(path: VPath, data: Uint8Array, options: WriteOptions, { signal }: Context): Promise<Stat> {
    // The caller may go on with its bytes while they are sent.
    const kept = options.owned === true ? data : data.slice();
    return this.#on([path], () => write(this.#remote, path, kept, options, signal));
  }

  writeStream(
    path: VPath,
    source: ByteSource,
    options: StreamWriteOptions,
    { signal }: Context,
  ): Promise<Stat> {
    return this.#on([path], () => writeStream(this.#remote, path, source, options, signal));
  }

  writeMany(path: VPath, { entries }: WriteManyOptions, { signal }: Context): Promise<void> {
    const paths = entries.map(({ name }) => joinPath(path, name));
    return this.#on([path, ...paths], () => writeMany(this.#remote, path, entries, signal));
  }

  append(path: VPath, data: Uint8Array, options: AppendOptions, { signal }: Context): Promise<void> {
    const kept = data.slice();
    return this.#on([path], () => append(this.#remote, path, kept, options, signal));
  }

  truncate(path: VPath, size: number, { signal }: Context): Promise<void> {
    return this.#on([path], () => truncate(this.#remote, path, size, signal));
  }

  mkdir(path: VPath, options: MkdirOptions, { signal }: Context): Promise<void> {
    return this.#on([path], () => mkdir(this.#remote, path, options, signal));
  }

  remove(path: VPath, options: RemoveOptions, { signal }: Context): Promise<void> {
    return this.#on([path], () => remove(this.#remote, path, options, signal));
  }

  rename(path: VPath, to: VPath, options: RenameOptions, { signal }: Context): Promise<void> {
    return this.#on([path, to], () => rename(this.#remote, path, to, options, signal));
  }

  copy(path: VPath, to: VPath, options: CopyOptions, { signal }: Context): Promise<void> {
    return this.#on([path, to], () => copy(this.#remote, path, to, options, signal));
  }

  setStat(path: VPath, changes: StatChanges, options: StatOptions, { signal }: Context): Promise<void> {
    return this.#on([path], () => setStat(this.#remote, path, changes, options, signal));
  }

  symlink(path: VPath, target: string, { signal }: Context): Promise<void> {
    return this.#on([path], () => symlink(this.#remote, path, target, signal));
  }

  link(path: VPath, to: VPath, { signal }: Context): Promise<void> {
    return this.#on([path, to], () => link(this.#remote, path, to, signal));
  }

  open(path: VPath, options: OpenOptions, ctx: Context): Promise<ProviderFile> {
    return this.#on([path], async () => {
      const file = await RemoteFile.open(this.#remote, path, options, ctx, () => this.#files.delete(file));
      this.#files.add(file);
      return file;
    });
  }

  watch(path: VPath, options: ProviderWatchOptions, { signal }: Context): Promise<ProviderWatch> {
    return this.#on([path], async () => {
      const watch = await RemoteWatch.begin(this.#remote, path, options, signal, () =>
        this.#watches.delete(watch),
      );
      this.#watches.add(watch);
      return watch;
    });
  }

  /** Ends what is open, and does with the sandbox what `onClose` says. */
  async close(): Promise<void> {
    for (const watch of this.#watches) watch.close();
    const open = [...this.#files];
    if (this.#remote.isOpen) await Promise.allSettled(open.map((file) => file.close()));
    this.#remote.stop();
    await this.#end();
  }

  async #on<T>(paths: readonly VPath[], action: () => Promise<T>): Promise<T> {
    for (const path of paths) checkPath(path);
    return await action();
  }
}
