import { createVfs, type Provider } from "@vfs/core";
import { BEGINNING, hasher, parseLine, type AuditHead, type AuditKey, type Line } from "./chain.ts";

/** Something that is wrong with a log. */
export interface AuditProblem {
  /** Where it was seen, from 1. */
  readonly line: number;
  /**
   * `changed`: the entry is not what was written. `removed`: entries are missing in front of it. `reordered`: it stands
   * behind later ones, or twice. `torn`: it was cut off, and nobody has gone on with the log. `truncated`: the log ends
   * before the head that is known, or has another entry there.
   */
  readonly kind: "changed" | "removed" | "reordered" | "torn" | "truncated";
  /** The entry that it is about. */
  readonly seq?: number | undefined;
}

/** What a look at a log has shown. */
export interface AuditReport {
  readonly ok: boolean;
  /** How many entries there are. */
  readonly entries: number;
  /** Where it ends. */
  readonly head: AuditHead;
  /** The first 1,000, in the order of lines. */
  readonly problems: readonly AuditProblem[];
}

export interface VerifyOptions {
  /** The one that the log was written with. */
  readonly key?: AuditKey | undefined;
  /** Where the log ended once: it must still have that entry. */
  readonly head?: AuditHead | undefined;
}

const MOST_PROBLEMS = 1000;

/**
 * Looks whether a log is as it was written: no entry removed, changed or moved. A log without a key may have been
 * written anew by whoever could write it, and an end that was cut off is found only by a `head` from before.
 *
 * @throws VfsError `ENOENT` when there is no log.
 *
 * @example
 * const { ok, problems } = await verifyAudit(store, "/audit.jsonl", { key, head });
 */
export async function verifyAudit(
  provider: Provider,
  path: string,
  { key, head }: VerifyOptions = {},
): Promise<AuditReport> {
  const hash = hasher(key);
  const check = new ChainCheck(head);
  const vfs = createVfs(provider, { keepOpen: true });
  await using handle = await vfs.open(path);
  for await (const text of handle.readLines()) {
    const line = parseLine(text);
    check.take(line, line !== undefined && hash(line.text) === line.hash);
  }
  return check.end();
}

/** Follows a chain, line by line, and goes on behind what is wrong with it. */
class ChainCheck {
  readonly #known: AuditHead | undefined;
  readonly #problems: AuditProblem[] = [];
  /** Numbers that were passed over, with the line where that was seen. */
  readonly #missing = new Map<number, number>();
  #line = 0;
  #entries = 0;
  #seq = 0;
  #hash = BEGINNING;
  #sawHead: boolean;
  /** A line that is no entry: the next one may say that it was torn. */
  #unread: number | undefined;

  constructor(known: AuditHead | undefined) {
    this.#known = known;
    this.#sawHead = known === undefined || known.seq === 0;
  }

  take(line: Line | undefined, isGenuine: boolean): void {
    this.#line++;
    if (line === undefined) {
      if (this.#unread !== undefined) this.#add("changed", this.#unread);
      this.#unread = this.#line;
      return;
    }
    const { entry, hash } = line;
    const unread = this.#unread;
    this.#unread = undefined;
    this.#entries++;
    if (unread !== undefined && !(isGenuine && entry.op === "audit.open" && entry.outcome === "torn"))
      this.#add("changed", unread);
    if (!isGenuine) this.#add("changed", this.#line, entry.seq);
    else if (entry.seq === this.#known?.seq && hash === this.#known.hash) this.#sawHead = true;
    if (entry.seq <= this.#seq) {
      this.#missing.delete(entry.seq);
      this.#add("reordered", this.#line, entry.seq);
      return;
    }
    if (entry.seq > this.#seq + 1) this.#pass(entry.seq);
    // Its own hash holds, but it is not the one that the next entry was written behind.
    else if (isGenuine && entry.prev !== this.#hash) this.#add("changed", this.#line - 1, this.#seq);
    this.#seq = entry.seq;
    this.#hash = hash;
  }

  end(): AuditReport {
    if (this.#unread !== undefined) this.#add("torn", this.#unread);
    for (const [seq, line] of this.#missing) this.#add("removed", line, seq);
    if (!this.#sawHead) this.#add("truncated", this.#line, this.#known?.seq);
    const problems = this.#problems.toSorted((a, b) => a.line - b.line);
    return {
      ok: problems.length === 0,
      entries: this.#entries,
      head: { seq: this.#seq, hash: this.#hash },
      problems,
    };
  }

  /** Numbers are missing: they may come later, which is another matter. */
  #pass(until: number): void {
    for (let seq = this.#seq + 1; seq < until && this.#missing.size < MOST_PROBLEMS; seq++)
      this.#missing.set(seq, this.#line);
  }

  #add(kind: AuditProblem["kind"], line: number, seq?: number): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push({ line, kind, seq });
  }
}
