/** What is measured of a store, in the words that all of them can be put in. */
export interface Store {
  mkdir(path: string): Promise<unknown>;
  write(path: string, data: Uint8Array<ArrayBuffer>): Promise<unknown>;
  read(path: string): Promise<{ readonly length: number }>;
  stat(path: string): Promise<unknown>;
  /** How many names a folder has. */
  readdir(path: string): Promise<number>;
  /** How many files there are below, each with its size. */
  walk(path: string): Promise<number>;
  readonly rename?: (path: string, to: string) => Promise<unknown>;
  /** Writes the same chunk again and again, as it comes, and keeps it for good. */
  streamIn(path: string, chunk: Uint8Array<ArrayBuffer>, times: number): Promise<unknown>;
  /** How many bytes come. */
  streamOut(path: string): Promise<number>;
  /** Makes many small files, by whichever way is the fastest. */
  readonly fill?: (folder: string, count: number) => Promise<unknown>;
  close(): Promise<unknown>;
}

/** Opens a store that may have been there before, under a name of its own. */
export type Open = () => Promise<Store>;
