import {
  attempt,
  chain,
  isVfsError,
  joinPath,
  run,
  wait,
  type AnyCall,
  type Awaitable,
  type Call,
  type Entry,
  type Flow,
  type Next,
  type Page,
  type LayerSite,
  type Stat,
  type VPath,
} from "@vfs/core";
import {
  ALL,
  BELOW,
  CONTENT_READ,
  CONTENT_WRITTEN,
  CREATE,
  CREATE_IF_NEW,
  LIST,
  MUTATING,
} from "../operation-class.ts";
import type { Judgement } from "../rules/verdict.ts";
import type { ViolationLog } from "../violations.ts";
import { checkRead, checkWritten } from "./content-check.ts";
import { innerCall, isThere } from "./inner-call.ts";
import { checkMove } from "./move-check.ts";
import { needsOf, type Needs } from "./needs.ts";
import { Places } from "./places.ts";
import { NOT_ALLOWED, READ_ONLY, refusal, UNKNOWN, WHOLE_TREE } from "./refusal.ts";
import { RuleBook, type Rules } from "./rule-book.ts";
import { reportOfAllowed } from "./watch-filter.ts";

/** Decides about every call by rules, and looks closer where a path alone does not decide. */
export class Policy {
  readonly #places = new Places();
  readonly #log: ViolationLog;
  readonly #readOnly: boolean;
  #book: RuleBook;

  constructor(rules: Rules, readOnly: boolean, log: ViolationLog) {
    this.#book = new RuleBook(rules, this.#places);
    this.#readOnly = readOnly;
    this.#log = log;
  }

  /** New rules, from the next call on; those of open files too. */
  setRules(rules: Rules): void {
    this.#book = new RuleBook(rules, this.#places);
  }

  attach(standing: LayerSite): void {
    this.#places.add(standing);
  }

  close(): void {
    this.#places.close();
  }

  decidesBelow(path: VPath): boolean {
    return this.#book.decidesBelow(path);
  }

  handle(call: AnyCall, next: Next): Awaitable<unknown> {
    const needs = needsOf(call);
    if (needs === undefined) throw refusal(this.#log, call, "policy", UNKNOWN);
    const { actor } = call.ctx;
    const here = this.#book.at(call.path, actor);
    if (call.to === undefined) {
      if ((here.flags & needs.path) === 0) return next(call as Call);
      return this.#examine(call, next, needs, here, undefined);
    }
    const there = this.#book.at(call.to, actor);
    if ((here.flags & needs.path) === 0 && (there.flags & needs.to) === 0) return next(call as Call);
    return this.#examine(call, next, needs, here, there);
  }

  #examine(
    call: AnyCall,
    next: Next,
    needs: Needs,
    here: Judgement,
    there: Judgement | undefined,
  ): Awaitable<unknown> {
    // A directory that leads to something is seen, though nothing else in it may be.
    const onWay = (call.op === "stat" || call.op === "list") && here.leadsOn && (here.flags & LIST) !== 0;
    this.#check(call, here, onWay ? needs.path & ~LIST : needs.path);
    if (there !== undefined) this.#check(call, there, needs.to);
    if (call.op === "mount" || call.op === "unmount") return this.#changeMounts(call, next);
    if (call.op === "watch") return next(this.#filteredWatch(call));
    if (call.op === "stat" && onWay) return this.#statOfWay(call, next);
    const flags = (here.flags & needs.path) | ((there?.flags ?? 0) & needs.to);
    const below = (flags & BELOW) !== 0 || onWay;
    if (below && call.op === "list" && call.args.recursive !== true) return this.#list(call, next);
    if (below && call.op === "remove" && call.args.recursive !== true) return this.#remove(call, next);
    if (below && call.op !== "rename") throw refusal(this.#log, call, "policy", WHOLE_TREE);
    return run(this.#lookCloser(call, next, flags));
  }

  #changeMounts(call: AnyCall, next: Next): Awaitable<unknown> {
    const refresh = (): void => this.#places.refresh();
    const done = next(call as Call);
    // What is unmounted is out of sight at once, and closed later.
    refresh();
    return chain(done, refresh);
  }

  #check(call: AnyCall, judgement: Judgement, needed: number): void {
    const refused = judgement.flags & needed & ALL;
    if (refused !== 0) throw this.#refuse(call, judgement, refused);
  }

  #refuse(call: AnyCall, judgement: Judgement, classes: number): Error {
    if (this.#readOnly && (classes & MUTATING) !== 0) return refusal(this.#log, call, "readonly", READ_ONLY);
    return refusal(this.#log, call, "policy", judgement.ruleAgainst(classes)?.name ?? NOT_ALLOWED);
  }

  /** What the paths do not decide: what is there, what is below, and what is in it. */
  *#lookCloser(call: AnyCall, next: Next, flags: number): Flow<unknown> {
    const { actor } = call.ctx;
    const judge = (path: VPath): Judgement => this.#book.at(path, actor);
    const { path, to = path } = call;
    if ((flags & CREATE_IF_NEW) !== 0 && !(yield* isThere(call, next, to)))
      throw this.#refuse(call, judge(to), CREATE);
    const refuse = (rule: string): Error => refusal(this.#log, call, "policy", rule);
    if ((flags & CONTENT_READ) !== 0) yield* checkRead(call, next, judge(path), refuse);
    if (call.op === "rename" && (flags & BELOW) !== 0)
      yield* checkMove(
        call,
        next,
        judge,
        (judgement, classes) => this.#refuse(call, judgement, classes),
        refuse,
      );
    const checked =
      (flags & CONTENT_WRITTEN) === 0 ? call : yield* checkWritten(call, next, judge(to), refuse);
    return yield* wait(next(checked as Call));
  }

  #list(call: Call<"list">, next: Next): Awaitable<Page<Entry>> {
    return chain(next(call), (page) => ({
      ...page,
      items: page.items.filter(({ name, type }) => this.#isSeen(call, joinPath(call.path, name), type)),
    }));
  }

  #isSeen({ ctx }: Call, path: VPath, type: Entry["type"] | undefined): boolean {
    const { flags, leadsOn } = this.#book.at(path, ctx.actor);
    return (flags & LIST) === 0 || (leadsOn && (type === "directory" || type === undefined));
  }

  /** What is not a directory, and what is not there, look the same on the way to what may be seen. */
  #statOfWay(call: Call<"stat">, next: Next): Awaitable<Stat> {
    const hidden = (): Error => refusal(this.#log, call, "policy", NOT_ALLOWED);
    return chain(
      attempt(
        () => next(call),
        (reason) => {
          throw isVfsError(reason, "ENOENT", "ENOTDIR") ? hidden() : reason;
        },
      ),
      (stat) => {
        if (stat.type !== "directory") throw hidden();
        return stat;
      },
    );
  }

  /** A directory that holds only what is hidden looks empty, and is not. */
  #remove(call: Call<"remove">, next: Next): Awaitable<void> {
    return attempt(
      () => next(call),
      (reason) => {
        if (!isVfsError(reason, "ENOTEMPTY")) throw reason;
        const looked = this.#list(innerCall(call as AnyCall, "list", call.path, { limit: 100 }), next);
        return chain(looked, ({ items, cursor }) => {
          if (items.length > 0 || cursor !== undefined) throw reason;
          throw refusal(this.#log, call, "policy", WHOLE_TREE);
        });
      },
    );
  }

  #filteredWatch(call: Call<"watch">): Call<"watch"> {
    // Paths of events are those of the store; of a mount's layer they are its own.
    const base = call.mountPath === "/" ? this.#places.mountPathOf(call.path) : ("/" as VPath);
    const isSeen = (path: VPath): boolean => this.#isSeen(call, path, undefined);
    return call.with({ args: { ...call.args, report: reportOfAllowed(call.args.report, base, isSeen) } });
  }
}
