import { createVfs, isVfsError, type Provider, type Vfs } from "@vfs/core";
import {
  BEGINNING,
  brokenLog,
  lineOf,
  parseLine,
  textOf,
  type AuditEntry,
  type AuditHead,
  type Hash,
} from "./chain.ts";

/** What is known of a call before it has its place in the chain. */
export type AuditRecord = Omit<AuditEntry, "seq" | "prev">;

// Two paths of 4,096 bytes, each written as six characters, and all the rest.
const LONGEST_LINE = 128 << 10;
// So many entries are written at one go.
const BATCH = 1000;

/** Writes records down, in their order, as many at a time as there are. */
export class LogWriter {
  readonly #vfs: Vfs;
  readonly #path: string;
  readonly #hash: Hash;
  readonly #durable: boolean;
  #pending: AuditRecord[] = [];
  /** Where the log ends; undefined when it must be looked at first. */
  #head: AuditHead | undefined;
  #flushing: Promise<void> | undefined;
  #failed = false;
  /** How many records there ever were. */
  #added = 0;

  constructor(provider: Provider, path: string, hash: Hash, durable: boolean) {
    this.#vfs = createVfs(provider, { keepOpen: true });
    this.#path = path;
    this.#hash = hash;
    this.#durable = durable;
  }

  /** How many records wait that could not be written when it was tried last. */
  get stuck(): number {
    return this.#failed ? this.#pending.length : 0;
  }

  /** Takes a record, and begins to write where nothing is written. What cannot be written stays for the next try. */
  add(record: AuditRecord): void {
    this.#pending.push(record);
    this.#added++;
    if (this.#flushing === undefined) this.flush().catch(() => undefined);
  }

  /**
   * Returns when everything so far is written.
   *
   * @throws VfsError as the store says.
   */
  async flush(): Promise<void> {
    const until = this.#added;
    // What is under way may have been begun before the last of it came.
    while (this.#added - this.#pending.length < until) await (this.#flushing ??= this.#tryToWrite());
  }

  /** Where the log ends, with everything so far in it. */
  async head(): Promise<AuditHead> {
    await this.flush();
    // It is not known before anything is written, and while something is.
    return this.#head ?? (await this.#open()).head;
  }

  async #tryToWrite(): Promise<void> {
    try {
      await this.#writeAll();
      this.#failed = false;
    } catch (reason) {
      this.#failed = true;
      throw reason;
    } finally {
      this.#flushing = undefined;
    }
    // What came when the last batch was done.
    if (this.#pending.length > 0) this.flush().catch(() => undefined);
  }

  async #writeAll(): Promise<void> {
    // Whatever comes in this turn is written together.
    await Promise.resolve();
    while (this.#pending.length > 0) {
      const batch = this.#pending.slice(0, BATCH);
      const lines: string[] = [];
      let head = this.#head;
      if (head === undefined) {
        const end = await this.#open();
        if (end.torn) lines.push("");
        const outcome = end.torn ? "torn" : "ok";
        head = this.#put(lines, end.head, {
          timeMs: Date.now(),
          op: "audit.open",
          path: this.#path,
          outcome,
        });
      }
      for (const record of batch) head = this.#put(lines, head, record);
      // Until it is known to be there, nobody knows where the log ends.
      this.#head = undefined;
      await this.#vfs.appendFile(this.#path, `${lines.join("\n")}\n`, {
        durable: this.#durable,
        mode: 0o600,
      });
      this.#head = head;
      this.#pending.splice(0, batch.length);
    }
  }

  #put(lines: string[], { seq, hash: prev }: AuditHead, record: AuditRecord): AuditHead {
    const text = textOf({ ...record, seq: seq + 1, prev });
    const hash = this.#hash(text);
    lines.push(lineOf(text, hash));
    return { seq: seq + 1, hash };
  }

  /** Looks where the log ends, and whether its last line was cut off when it was written. */
  async #open(): Promise<{ readonly head: AuditHead; readonly torn: boolean }> {
    const tail = await this.#tail();
    const end = tail.lastIndexOf("\n");
    const torn = end < tail.length - 1;
    const whole = tail.slice(0, Math.max(0, end));
    if (whole === "" && end <= 0) return { head: { seq: 0, hash: BEGINNING }, torn };
    // A line that was torn before is followed by the entry that says so, so that the last whole line is an entry.
    const line = parseLine(whole.slice(whole.lastIndexOf("\n") + 1));
    if (line === undefined || this.#hash(line.text) !== line.hash)
      throw brokenLog(
        `${this.#path} does not end in an entry of this log and key: verify it, and begin another`,
      );
    return { head: { seq: line.entry.seq, hash: line.hash }, torn };
  }

  async #tail(): Promise<string> {
    try {
      const { size } = await this.#vfs.stat(this.#path);
      return await this.#vfs
        .readFile(this.#path, { start: Math.max(0, size - 2 * LONGEST_LINE) })
        .then((bytes) => new TextDecoder().decode(bytes as Uint8Array));
    } catch (reason) {
      if (!isVfsError(reason, "ENOENT")) throw reason;
      return "";
    }
  }
}
