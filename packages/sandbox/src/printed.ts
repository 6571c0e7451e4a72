import type { ExecuteOptions } from "./session.ts";

/** What a piece of code prints, put together from the bytes as they come. */
export class Printed {
  readonly #decoders = { 1: new TextDecoder(), 2: new TextDecoder() } as const;
  readonly #texts = { 1: "", 2: "" };
  readonly #listeners: {
    readonly 1: ((text: string) => void) | undefined;
    readonly 2: ((text: string) => void) | undefined;
  };
  #failed: { readonly reason: unknown } | undefined;

  constructor({ onStdout, onStderr }: Pick<ExecuteOptions, "onStdout" | "onStderr">) {
    this.#listeners = { 1: onStdout, 2: onStderr };
  }

  take(fd: 1 | 2, bytes: Uint8Array): void {
    // A character may come in two parts.
    this.#add(fd, this.#decoders[fd].decode(bytes, { stream: true }));
  }

  /** Everything, now that nothing more comes. Fails with what a listener failed with. */
  end(): { readonly stdout: string; readonly stderr: string } {
    for (const fd of [1, 2] as const) this.#add(fd, this.#decoders[fd].decode());
    if (this.#failed !== undefined) throw this.#failed.reason;
    return { stdout: this.#texts[1], stderr: this.#texts[2] };
  }

  #add(fd: 1 | 2, text: string): void {
    if (text === "") return;
    this.#texts[fd] += text;
    try {
      this.#listeners[fd]?.(text);
    } catch (reason) {
      this.#failed ??= { reason };
    }
  }
}
