import type { Awaitable } from "@vfs/core";

/** A file that is open for reading at any place. */
export interface OpenedFile {
  read(into: Uint8Array, position: number): Awaitable<unknown>;
  close(): Awaitable<unknown>;
}

/** Tells a long action when its time is over. */
export interface Clock {
  over(): boolean;
}

/**
 * What a file system is raced at. Paths are absolute; each method is the best that the peer offers for it, and what it
 * cannot do is absent. The synchronous face of a peer gives values, the other one promises.
 */
export interface Files {
  mkdir(path: string): Awaitable<unknown>;
  write(path: string, data: Uint8Array): Awaitable<unknown>;
  read(path: string): Awaitable<Uint8Array>;
  stat(path: string): Awaitable<unknown>;
  /** Answers how many names there are. */
  readdir?(path: string): Awaitable<number>;
  /** Everything below `path` with its type. Answers how many files there are. */
  walk?(path: string): Awaitable<number>;
  rename?(from: string, to: string): Awaitable<unknown>;
  /** A directory with everything in it. */
  copyTree?(from: string, to: string): Awaitable<unknown>;
  append?(path: string, data: Uint8Array): Awaitable<unknown>;
  open?(path: string): Awaitable<OpenedFile>;
  writeStream?(path: string, chunks: Iterable<Uint8Array>): Awaitable<unknown>;
  /** Answers how many bytes came until the clock was over. */
  readStream?(path: string, clock: Clock): Awaitable<number>;
  close(): Awaitable<unknown>;
}

/** One of those that race. */
export interface Peer {
  readonly name: string;
  /** Whether it answers with promises: it races against its like only. */
  readonly promises: boolean;
  /** An empty store. `folder` is an empty directory of its own, on the medium of this race. */
  make(folder: string): Promise<Files>;
}
