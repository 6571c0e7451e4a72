/** The files of a store: two logs that say the same, and one with all content. */
export type FileNumber = 0 | 1 | 2;

export const LOG: FileNumber = 0;
export const SECOND_LOG: FileNumber = 1;
export const DATA: FileNumber = 2;

/** Something to be done to a file. */
export type Command =
  | {
      readonly do: "write";
      readonly file: FileNumber;
      readonly at: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
    }
  | {
      readonly do: "copy";
      readonly file: FileNumber;
      readonly at: number;
      readonly from: number;
      readonly length: number;
    }
  | { readonly do: "truncate"; readonly file: FileNumber; readonly size: number }
  | { readonly do: "flush"; readonly file: FileNumber };

/** A part of a file that is to be read; what lies behind the end is zeros. */
interface Wanted {
  readonly file: FileNumber;
  readonly from: number;
  readonly length: number;
  /** Where it belongs in the answer. */
  readonly at: number;
}

/** The open files of one store. All but `open` is done at once. */
export interface Device {
  open(directory: FileSystemDirectoryHandle | readonly string[]): Promise<number>;
  sizes(store: number): number[];
  read(store: number, parts: readonly Wanted[], length: number): Uint8Array<ArrayBuffer>;
  /** Makes a file what another one is, if it is not; answers whether it was. */
  mirror(store: number, from: FileNumber, to: FileNumber): boolean;
  /** Does everything in this order; when something fails the logs are cut to what they were. */
  run(store: number, commands: readonly Command[]): void;
  close(store: number): void;
}

/** The part of `FileSystemSyncAccessHandle` that is used; TypeScript has it among the types of workers only. */
interface SyncHandle {
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/**
 * Opens stores by sync access handles, which only dedicated workers have. It refers to nothing outside of itself: a page
 * starts a worker from its text.
 */
export function makeDevice(): Device {
  const FILES = ["index-a", "index-b", "content"];
  const LOGS = 2;
  const COPY_BYTES = 1 << 20;
  // A handle that was just closed elsewhere takes a moment to be free.
  const MOST_TRIES = 100;
  const PAUSE_MS = 20;
  const stores = new Map<number, SyncHandle[]>();
  let last = 0;

  const openHandle = async (directory: FileSystemDirectoryHandle, name: string): Promise<SyncHandle> => {
    const file = (await directory.getFileHandle(name, { create: true })) as unknown as {
      createSyncAccessHandle?: () => Promise<SyncHandle>;
    };
    if (file.createSyncAccessHandle === undefined)
      throw new DOMException("no sync access handles", "NotSupportedError");
    for (let tries = 1; ; tries++) {
      try {
        return await file.createSyncAccessHandle();
      } catch (error) {
        if ((error as Error).name !== "NoModificationAllowedError" || tries >= MOST_TRIES) throw error;
        await new Promise((resolve) => void setTimeout(resolve, PAUSE_MS));
      }
    }
  };

  const need = (store: number, file: number): SyncHandle => {
    const handle = stores.get(store)?.[file];
    if (handle === undefined) throw new DOMException("the store is not open", "InvalidStateError");
    return handle;
  };

  const write = (handle: SyncHandle, bytes: Uint8Array, at: number): void => {
    // Chromium answers 4294967288 in a private window that is full: minus 8 as a whole number without a sign.
    if (handle.write(bytes, { at }) !== bytes.length)
      throw new DOMException("not everything could be written", "QuotaExceededError");
  };

  const copy = (handle: SyncHandle, from: number, at: number, length: number): void => {
    const part = new Uint8Array(Math.min(length, COPY_BYTES));
    for (let done = 0; done < length; done += part.length) {
      const count = Math.min(part.length, length - done);
      handle.read(part.subarray(0, count), { at: from + done });
      write(handle, part.subarray(0, count), at + done);
    }
  };

  const perform = (store: number, command: Command): void => {
    const handle = need(store, command.file);
    if (command.do === "write") write(handle, command.bytes, command.at);
    else if (command.do === "copy") copy(handle, command.from, command.at, command.length);
    else if (command.do === "truncate") handle.truncate(command.size);
    else handle.flush();
  };

  return {
    async open(directory) {
      let at: FileSystemDirectoryHandle;
      if (Array.isArray(directory)) {
        at = await navigator.storage.getDirectory();
        for (const name of directory as string[]) at = await at.getDirectoryHandle(name, { create: true });
      } else at = directory as FileSystemDirectoryHandle;
      const opened = await Promise.allSettled(FILES.map((name) => openHandle(at, name)));
      const handles = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
      const failed = opened.find((each) => each.status === "rejected");
      if (failed !== undefined) {
        for (const handle of handles) handle.close();
        throw failed.reason;
      }
      stores.set(++last, handles);
      return last;
    },
    sizes: (store) => FILES.map((_, file) => need(store, file).getSize()),
    read(store, parts, length) {
      const bytes = new Uint8Array(length);
      for (const part of parts)
        need(store, part.file).read(bytes.subarray(part.at, part.at + part.length), { at: part.from });
      return bytes;
    },
    mirror(store, from, to) {
      const whole = (file: number): Uint8Array => {
        const handle = need(store, file);
        const bytes = new Uint8Array(handle.getSize());
        handle.read(bytes, { at: 0 });
        return bytes;
      };
      const [wanted, had] = [whole(from), whole(to)];
      let same = wanted.length === had.length;
      for (let at = 0; same && at < wanted.length; at++) same = wanted[at] === had[at];
      if (same) return true;
      need(store, to).truncate(0);
      write(need(store, to), wanted, 0);
      return false;
    },
    run(store, commands) {
      const before: number[] = [];
      for (let log = 0; log < LOGS; log++) before.push(need(store, log).getSize());
      try {
        for (const command of commands) perform(store, command);
      } catch (error) {
        // What was not acknowledged must not come back.
        for (const [log, size] of before.entries()) {
          const handle = need(store, log);
          if (handle.getSize() > size) handle.truncate(size);
        }
        throw error;
      }
    },
    close(store) {
      for (const handle of stores.get(store) ?? []) handle.close();
      stores.delete(store);
    },
  };
}
