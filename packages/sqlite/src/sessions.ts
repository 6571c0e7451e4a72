import type { Change, Connection, Query } from "./connection.ts";
import { isRunning, machineName, randomNumber } from "./machine.ts";

interface Other {
  readonly id: number;
  readonly machine: string;
  readonly pid: number;
  readonly beatMs: number;
}

/** How often a session shows that it lives, and looks what it is asked to let go. */
export const BEAT_MS = 10_000;

// Without a sign of life for so long a session is dead, though its process may run: a thread of it may have been
// ended, or a provider have failed to leave when it was closed.
const SILENT_MS = 60_000;

// Who was silent for so long itself was suspended, and others probably with it.
const LATE_MS = 2 * BEAT_MS;

// Other sessions are asked whether they live at most so often.
const ASK_MS = 1000;

/**
 * Who has what open without a name, so that content stays as long as somebody can reach it and not longer.
 *
 * Opening a file writes nothing. A provider enters itself as a session before it first opens something, and leaves
 * when it has had nothing open for a while. Whoever takes the last name of an inode away adds a row to `held` for each
 * session that may have it open: itself if it has, and every other, for it cannot know. A session lets go of what it
 * does not have open as soon as it sees that (at its next transaction, or after {@link BEAT_MS}); the last to let go
 * deletes the inode. With no other session there, which is the rule, an inode goes with its name at once.
 *
 * A session is dead when its process no longer runs, as far as that can be known (it may be in another container), or
 * when it has been silent for a minute. What it held is let go by whoever opens the file next or meets it.
 * A session that was taken for dead by mistake loses only what has no name any more: it gets `ESTALE`.
 */
export class Sessions {
  readonly #id: number = randomNumber();
  readonly #machine: string = machineName();
  readonly #enter: Change<[number, string, number, number]>;
  readonly #leave: Change<[number]>;
  readonly #any: Query<[], number>;
  readonly #others: Query<[number], Other>;
  readonly #hold: Change<[number, number]>;
  readonly #letGo: Change<[number, number]>;
  readonly #held: Query<[number], number>;
  readonly #lost: Query<[], { readonly ino: number; readonly session: number }>;
  readonly #holders: Query<[number], number>;
  readonly #delete: (ino: number) => void;
  /** How many handles there are, by inode. */
  readonly #open = new Map<number, number>();
  /** What of that has no name any more. */
  readonly #kept = new Set<number>();
  /** What of that was opened in the transaction that runs. */
  #openedNow: number[] | undefined;
  #entered = false;
  #beatMs = 0;
  /** What these two were when this transaction began. */
  #before = { entered: false, beatMs: 0 };
  /** Since when others had time to show that they live. */
  #awakeMs = 0;
  #askedMs = 0;
  #alive: readonly Other[] = [];

  /** @param remove Deletes an inode that nobody can reach any more. */
  constructor(connection: Connection, remove: (ino: number) => void) {
    this.#delete = remove;
    this.#enter = connection.change(
      `INSERT INTO session(id, machine, pid, beatMs) VALUES(?, ?, ?, ?)
         ON CONFLICT(id) DO UPDATE SET beatMs = excluded.beatMs`,
    );
    this.#leave = connection.change("DELETE FROM session WHERE id = ?");
    this.#any = connection
      .query<[], number>("SELECT 1 FROM session UNION ALL SELECT 1 FROM held LIMIT 1")
      .pluck();
    this.#others = connection.query("SELECT id, machine, pid, beatMs FROM session WHERE id <> ?");
    this.#hold = connection.change("INSERT OR IGNORE INTO held(ino, session) VALUES(?, ?)");
    this.#letGo = connection.change("DELETE FROM held WHERE ino = ? AND session = ?");
    this.#held = connection.query<[number], number>("SELECT ino FROM held WHERE session = ?").pluck();
    this.#lost = connection.query(
      "SELECT ino, session FROM held WHERE session NOT IN (SELECT id FROM session)",
    );
    this.#holders = connection.query<[number], number>("SELECT 1 FROM held WHERE ino = ? LIMIT 1").pluck();
  }

  /** Whether this one is entered. */
  get entered(): boolean {
    return this.#entered;
  }

  /** Whether there is a session, or something that one has left behind. */
  any(): boolean {
    return this.#any.get() !== undefined;
  }

  /** Whether nothing is open. */
  get idle(): boolean {
    return this.#open.size === 0;
  }

  /** Enters this session. In a transaction, as everything below. */
  enter(nowMs: number): void {
    if (!this.#entered) this.beat(nowMs);
  }

  /** Lets go of everything and leaves. */
  leave(): void {
    for (const ino of this.#held.all(this.#id)) this.#release(ino, this.#id);
    this.#leave(this.#id);
    this.#entered = false;
    this.#kept.clear();
  }

  /** Shows that this session lives. */
  beat(nowMs: number): void {
    this.#enter(this.#id, this.#machine, process.pid, nowMs);
    this.#entered = true;
    this.#beatMs = nowMs;
  }

  /** Notes a handle. One that is opened in a transaction is none when that is undone. */
  opened(ino: number): void {
    this.#open.set(ino, (this.#open.get(ino) ?? 0) + 1);
    this.#openedNow?.push(ino);
  }

  /** Notes that a handle is gone; answers whether {@link letGo} must be called now. Needs no transaction. */
  closed(ino: number): boolean {
    const left = (this.#open.get(ino) ?? 1) - 1;
    if (left > 0) this.#open.set(ino, left);
    else this.#open.delete(ino);
    return left === 0 && this.#kept.has(ino);
  }

  /** Keeps an inode that has no name. */
  hold(ino: number, nowMs: number): void {
    // Another process may have taken this session for dead, and what nobody's session holds is cleared away.
    this.beat(nowMs);
    this.#hold(ino, this.#id);
    this.#kept.add(ino);
  }

  /** No longer keeps it. */
  letGo(ino: number): void {
    this.#kept.delete(ino);
    this.#release(ino, this.#id);
  }

  /** The last name of an inode is gone; answers whether somebody may have it open, so that it must stay. */
  keep(ino: number, nowMs: number): boolean {
    const mine = this.#open.has(ino);
    if (mine) this.hold(ino, nowMs);
    const others = this.#living(nowMs);
    for (const { id } of others) this.#hold(ino, id);
    return mine || others.length > 0;
  }

  /** Lets go of what others have taken the name of, unless it is open here. */
  review(): void {
    if (!this.#entered) return;
    for (const ino of this.#held.all(this.#id)) {
      if (this.#open.has(ino)) this.#kept.add(ino);
      else this.letGo(ino);
    }
  }

  /** Clears up after sessions that are dead. */
  sweep(nowMs: number): void {
    this.#askedMs = 0;
    this.#living(nowMs);
    for (const { ino, session } of this.#lost.all()) this.#release(ino, session);
  }

  /** To be called when a transaction begins. */
  begun(nowMs: number): void {
    this.#before = { entered: this.#entered, beatMs: this.#beatMs };
    this.#openedNow = [];
    const silentMs = this.#entered ? nowMs - this.#beatMs : 0;
    if (silentMs > LATE_MS) this.#awakeMs = nowMs;
    // Whoever never returns to the event loop has no timers.
    if (silentMs > BEAT_MS) this.beat(nowMs);
  }

  /** To be called when a transaction was committed. */
  committed(): void {
    this.#openedNow = undefined;
  }

  /** To be called when a transaction was undone, and with it perhaps the entry, and what was opened in it. */
  undone(): void {
    this.#entered = this.#before.entered;
    this.#beatMs = this.#before.beatMs;
    this.#askedMs = 0;
    for (const ino of this.#openedNow ?? []) this.closed(ino);
    this.#openedNow = undefined;
  }

  #living(nowMs: number): readonly Other[] {
    const others = this.#others.all(this.#id);
    if (others.length === 0) return others;
    // A process that was asked a moment ago need not be asked again.
    if (nowMs - this.#askedMs < ASK_MS && sameSessions(others, this.#alive)) return others;
    const dead = others.filter((other) => this.#isDead(other, nowMs));
    for (const { id } of dead) {
      for (const ino of this.#held.all(id)) this.#release(ino, id);
      this.#leave(id);
    }
    this.#alive = others.filter((other) => !dead.includes(other));
    this.#askedMs = nowMs;
    return this.#alive;
  }

  #isDead({ machine, pid, beatMs }: Other, nowMs: number): boolean {
    if (nowMs - Math.max(beatMs, this.#awakeMs) > SILENT_MS) return true;
    return machine === this.#machine && !isRunning(pid);
  }

  #release(ino: number, session: number): void {
    if (this.#letGo(ino, session) > 0 && this.#holders.get(ino) === undefined) this.#delete(ino);
  }
}

function sameSessions(a: readonly Other[], b: readonly Other[]): boolean {
  return a.length === b.length && a.every(({ id }, i) => id === b[i]?.id);
}
