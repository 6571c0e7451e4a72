import type { Inode } from "./inode.ts";
import { toRecord, type NameRecord, type Step } from "./records.ts";

/** What was changed in memory and is not written down yet. */
export class Journal {
  readonly #inodes = new Set<Inode>();
  #names: NameRecord[] = [];
  #gone: number[] = [];

  get isEmpty(): boolean {
    return this.#inodes.size === 0 && this.#names.length === 0 && this.#gone.length === 0;
  }

  changed(node: Inode): void {
    this.#inodes.add(node);
  }

  named(parent: Inode, name: string, node: Inode, order: number): void {
    this.#names.push([parent.ino, name, node.ino, order]);
  }

  unnamed(parent: Inode, name: string): void {
    this.#names.push([parent.ino, name, 0, 0]);
  }

  gone(node: Inode): void {
    this.#inodes.delete(node);
    this.#gone.push(node.ino);
  }

  /** Everything since the last time, as inodes are now. */
  take(): Pick<Step, "inodes" | "names" | "gone"> {
    const taken = { inodes: [...this.#inodes].map(toRecord), names: this.#names, gone: this.#gone };
    this.forget();
    return taken;
  }

  forget(): void {
    this.#inodes.clear();
    this.#names = [];
    this.#gone = [];
  }
}
