import { isLinkMet, isVfsError, wait, type AnyCall, type Flow, type VPath } from "@vfs/core";
import { apart } from "./apart.ts";
import type { Books } from "./books.ts";
import { HOPELESS, look, needOf, statAt, type Need, type Seen } from "./looks.ts";
import { depthOf, byteLength } from "./names.ts";
import type { Place } from "./places.ts";
import { survey } from "./survey.ts";

/** Others are under way, and what they come to decides. */
const AGAIN = Symbol("again");

/**
 * Does a call with all that it comes to known beforehand, to the byte. Where the store counts, nobody else changes
 * anything meanwhile; where the quota does, nobody changes the same file.
 */
export function* careful(books: Books, call: AnyCall): Flow<unknown> {
  const { sync } = call.ctx;
  const place = books.placeOf(call);
  if (!place.told && !reachesFar(call)) {
    const done = yield* besideOthers(books, call, place);
    if (done !== AGAIN) return done;
  }
  const leave = yield* wait(books.gate.enter(true, sync));
  try {
    if (books.budget.counts && !books.places.ready) yield* wait(books.places.read(sync));
    return yield* alone(books, call, place);
  } finally {
    leave();
  }
}

/** Whether a call touches more than one file or name, or gives a file another name. */
function reachesFar(call: AnyCall): boolean {
  if (call.op === "remove" || call.op === "copy") return call.args.recursive === true;
  return call.op === "rename" || call.op === "link";
}

/** Does a call beside others that are about other files. */
function* besideOthers(books: Books, call: AnyCall, place: Place): Flow<unknown> {
  if (books.budget.counts && !books.places.ready) return AGAIN;
  const leave = yield* wait(books.gate.enter(false, call.ctx.sync));
  try {
    const { seen, release } = yield* apart(books, call, place);
    try {
      if (seen === HOPELESS) return yield* hopeless(books, call, place);
      return yield* perform(books, call, place, seen, false);
    } finally {
      release();
    }
  } finally {
    leave();
  }
}

/** The store is to tell what is wrong. */
function* hopeless(books: Books, call: AnyCall, place: Place): Flow<unknown> {
  const result = yield* wait(books.next(call) as unknown);
  // It was not: what it has come to is not known.
  place.measured = false;
  return result;
}

/** Does a call while nothing else is under way. */
function* alone(books: Books, call: AnyCall, place: Place): Flow<unknown> {
  const seen = yield* look(call, books.next);
  if (seen === HOPELESS) return yield* hopeless(books, call, place);
  if (call.op === "remove" && call.args.recursive === true)
    return yield* removeTree(books, call, place, seen);
  if (call.op === "copy" && call.args.recursive === true) return yield* copyTree(books, call, place, seen);
  if (call.op === "link") checkLink(books, call, seen);
  if (call.op === "rename") {
    yield* checkMove(books, call, place, seen);
    const held = seen.at === undefined ? undefined : books.opens.find(place, seen.at, call.to ?? call.path);
    return yield* perform(books, call, place, { ...seen, held }, true);
  }
  return yield* perform(books, call, place, seen, true);
}

/** Reserves what a call on one file needs, does it, and counts what has come of it. */
function* perform(books: Books, call: AnyCall, place: Place, seen: Seen, isAlone: boolean): Flow<unknown> {
  const need = needHere(books, call, place, seen);
  const named = need.files > 0 || call.op === "rename" || call.op === "link";
  const implied = named ? yield* impliedAbove(books, call) : 0;
  // Others could make the same directories, and count them too.
  if (implied > 0 && !isAlone && !place.told) return AGAIN;
  // Somebody's failure may have made it unknown how much there is, which is measured while nothing is under way.
  if (!isAlone && books.budget.counts && !books.places.ready) return AGAIN;
  const sure = isAlone || !books.places.mixed;
  const given = yield* admit(books, call, { ...need, files: need.files + implied }, sure);
  if (given === AGAIN) return AGAIN;
  try {
    return yield* through(books, call, place, seen, given);
  } finally {
    if (implied > 0 && !place.told) yield* countImplied(books, call, place, implied);
  }
}

/** What is promised to a call. */
interface Given {
  readonly bytes: number;
  readonly files: number;
}

/** Sends a call on that has what it needs. */
function* through(books: Books, call: AnyCall, place: Place, seen: Seen, given: Given): Flow<unknown> {
  const { budget, counted, next } = books;
  budget.promise(given.bytes, given.files);
  try {
    let result: unknown;
    try {
      result = yield* wait(next(call) as unknown);
    } catch (reason) {
      if (!isLinkMet(reason) && budget.counts) yield* counted.recount(call, place, seen);
      throw reason;
    }
    if (budget.counts) yield* counted.settle(call, place, seen, result);
    return result;
  } finally {
    budget.redeem(given.bytes, given.files);
  }
}

function needHere({ opens }: Books, call: AnyCall, place: Place, seen: Seen): Need {
  const need = needOf(call, seen);
  const { at } = seen;
  if (call.op !== "write" || at === undefined || place.told || place.caps.keeps === "inode") return need;
  // Whoever has the old file open keeps it.
  return opens.find(place, at, call.path) === undefined ? need : { ...need, bytes: need.fileBytes };
}

/**
 * Looks whether a call may have what it needs.
 *
 * @param sure Whether all that is promised to others is known to be needed beside it.
 * @throws VfsError `EDQUOT`.
 */
function* admit(
  books: Books,
  call: AnyCall,
  { bytes, files, fileBytes, oldBytes }: Need,
  sure: boolean,
): Flow<Given | typeof AGAIN> {
  const { limits, budget } = books;
  const { maxFileBytes } = limits;
  if (fileBytes > maxFileBytes && fileBytes > oldBytes)
    books.refuse(call, { rule: "maxFileBytes", limit: maxFileBytes, wanted: fileBytes });
  const given = { bytes: Math.max(0, bytes), files: Math.max(0, files) };
  if (!budget.counts || (given.bytes === 0 && given.files === 0)) return given;
  const excess = budget.excess(yield* budget.most(call.ctx.sync), given.bytes, given.files);
  if (excess === undefined) return given;
  if (!sure) return AGAIN;
  return books.refuse(call, excess);
}

/** Counts the directories that were made, whatever became of what they were made for. */
function* countImplied(books: Books, call: AnyCall, place: Place, before: number): Flow<void> {
  try {
    place.files += before - (yield* impliedAbove(books, call));
  } catch {
    place.measured = false;
  }
}

/** How many directories that only mounts call for are made together with something new. */
export function* impliedAbove(books: Books, call: AnyCall): Flow<number> {
  let implied = 0;
  for (const path of books.places.waysAbove(call.to ?? call.path)) {
    const stat = yield* wait(statAt(call, books.next, path, false));
    if (stat === undefined || books.places.isImplied(stat)) implied++;
  }
  return implied;
}

function checkLink(books: Books, call: AnyCall, { from, at }: Seen): void {
  const { maxFiles } = books.limits;
  if (from === undefined || from.type === "directory" || at !== undefined) return;
  const wanted = (from.nlink ?? 1) + 1;
  if (wanted > maxFiles) books.refuse(call, { rule: "maxFiles", limit: maxFiles, wanted });
}

/** A directory takes along what is in it: no path may become too long by that, nor lie too deep. */
function* checkMove(books: Books, call: AnyCall, place: Place, { from }: Seen): Flow<void> {
  const { path, to = path } = call;
  if (from?.type !== "directory" || !reachesFurther(books, path, to)) return;
  const tree = yield* survey(books.places.ground(place, call.ctx.sync), path);
  // The names in it do not change.
  const problem = books.names.treeProblem(to, { ...tree, nameBytes: 0 });
  if (problem !== undefined) books.refuse(call, problem);
}

/** Whether a path may be too deep or too long once something is moved. */
function reachesFurther({ names }: Books, path: VPath, to: VPath): boolean {
  return names.limitTrees && (depthOf(to) > depthOf(path) || byteLength(to) > byteLength(path));
}

function* removeTree(books: Books, call: AnyCall, place: Place, { at }: Seen): Flow<unknown> {
  const { counted, places, next, budget } = books;
  const counts = budget.counts && !place.told && at !== undefined;
  const tree =
    counts && at.type === "directory"
      ? yield* survey(places.ground(place, call.ctx.sync), call.path, true)
      : undefined;
  let result: unknown;
  try {
    result = yield* wait(next(call) as unknown);
  } catch (reason) {
    // Some of it may be gone: but of what is there no more, or is no directory, nothing is.
    const isWhole =
      isLinkMet(reason) || (at?.type !== "directory" && isVfsError(reason, "ENOENT", "ENOTDIR"));
    if (!isWhole) place.measured = false;
    throw reason;
  }
  if (tree !== undefined && at !== undefined) counted.removed(place, call.path, tree, at);
  else if (counts) yield* counted.settle(call, place, { at, from: undefined }, result);
  return result;
}

function* copyTree(books: Books, call: AnyCall, place: Place, seen: Seen): Flow<unknown> {
  const { path, to = path, ctx } = call;
  if (seen.from?.type !== "directory" || seen.at !== undefined)
    return yield* perform(books, call, place, seen, true);
  const tree = yield* survey(books.places.ground(place, ctx.sync), path);
  const problem = books.names.treeProblem(to, tree);
  if (problem !== undefined) books.refuse(call, problem);
  const implied = yield* impliedAbove(books, call);
  const { bytesApart: bytes, filesApart, fileBytes } = tree;
  const given = yield* admit(
    books,
    call,
    { bytes, files: filesApart + 1 + implied, fileBytes, oldBytes: 0 },
    true,
  );
  if (given === AGAIN) return AGAIN;
  books.budget.promise(given.bytes, given.files);
  try {
    const result = yield* wait(books.next(call) as unknown);
    if (books.budget.counts) yield* books.counted.added(place, to, ctx.sync);
    if (implied > 0 && !place.told) place.files += implied;
    return result;
  } catch (reason) {
    if (!isLinkMet(reason)) place.measured = false;
    throw reason;
  } finally {
    books.budget.redeem(given.bytes, given.files);
  }
}
