import type { Stores } from "../stores.ts";
import type { Terminal } from "../output.ts";

/** What a shell works on, for as long as it is open. */
export interface ShellSession {
  /** What is mounted, with the directory that the shell is in: `stores.at`. */
  readonly stores: Stores;
  /** Whether the lines are typed by somebody. */
  readonly isInteractive: boolean;
}

/** What runs the lines of a shell. It knows nothing of terminals, prompts and histories: the shell has these. */
export interface ShellEngine {
  /**
   * Runs a line.
   *
   * @param terminal Its signal ends this line only.
   * @returns The exit code; `exit` with one when the line has ended the shell.
   */
  run(line: string, terminal: Terminal): Promise<number | { readonly exit: number }>;
  /** What may stand in place of the last word of a line: whole words, and the word itself. */
  complete(line: string): Promise<[candidates: string[], word: string]>;
  /** Runs what was kept back for more lines, when none come. */
  end?(terminal: Terminal): Promise<number>;
  /** Gives up what was kept back. */
  drop?(): void;
  /** What stands before a line that is typed; where the shell is, unless told. */
  prompt?(): string;
  close?(): Promise<void>;
}

/** Opens an engine on a session. */
export type OpenEngine = (session: ShellSession) => Promise<ShellEngine> | ShellEngine;
