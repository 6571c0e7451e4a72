import { VfsError } from "@vfs/core";

/** What was done, so that all of it can be taken back. */
export class Undo {
  readonly #steps: { readonly path: string; readonly back: () => Promise<unknown> }[] = [];

  add(path: string, back: () => Promise<unknown>): void {
    this.#steps.push({ path, back });
  }

  /**
   * Takes everything back, last things first.
   *
   * @throws VfsError `EIO` when something cannot be; what was thrown first is its cause.
   */
  async run(reason: unknown): Promise<void> {
    const left: string[] = [];
    for (const { path, back } of this.#steps.toReversed()) {
      try {
        await back();
      } catch {
        left.push(path);
      }
    }
    if (left.length === 0) return;
    const hint = `could not be taken back after a failure, which is the cause: ${left.join(", ")}`;
    throw new VfsError("EIO", { syscall: "apply", path: left[0], hint, cause: reason });
  }
}
