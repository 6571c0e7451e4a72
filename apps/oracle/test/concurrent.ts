import { run, type Flow } from "@vfs/core";
import { known } from "./differences.ts";
import type { Files } from "./files.ts";
import type { Kernel } from "./kernel.ts";
import type { Operation } from "./operations.ts";
import { isFailure, outcomeOf, same, show, type Outcome } from "./outcome.ts";
import { perform, side } from "./perform.ts";
import { picture } from "./picture.ts";

/** The steps of one of those who work at the same time. */
export type Client = readonly Operation[];

/** What a client was answered, step by step. */
type Answers = readonly Outcome[];

// Every time counts as present, and is left out.
const TIMES = { startMs: 0, stampedMs: undefined };

/**
 * Lets several clients work on one store at once, each of them one step after another, and looks for an order of all
 * steps in which the kernel gives the same answers and ends with the same tree.
 *
 * @returns What there was, when no order explains it.
 */
export async function unexplained(
  kernel: Kernel,
  files: Files,
  clients: readonly Client[],
): Promise<string | undefined> {
  kernel.replaces = false;
  const answers = await Promise.all(clients.map((steps) => answersOf(kernel, files, steps)));
  const tree = await run(picture(files, TIMES));
  if (explains(kernel, clients, answers, tree.map(timeless))) return undefined;
  const told = answers.map((list) => list.map(show).join("; "));
  return `no order explains\n${told.join("\n")}\n${tree.join("\n")}`;
}

async function answersOf(kernel: Kernel, files: Files, steps: Client): Promise<Answers> {
  const self = side(files);
  const answers: Outcome[] = [];
  for (const step of steps)
    try {
      answers.push({ value: await run(perform(self, step)) });
    } catch (reason) {
      answers.push(outcomeOf(reason, (path) => kernel.shown(path)));
    }
  return answers;
}

/** Tries one order after another; each begins anew, because there is no way back in the kernel. */
function explains(
  kernel: Kernel,
  clients: readonly Client[],
  answers: readonly Answers[],
  tree: readonly string[],
): boolean {
  for (const order of orders(clients.map(({ length }) => length))) {
    kernel.clear();
    if (fits(kernel, clients, answers, order) && alike(tree, now(picture(kernel, TIMES)).map(timeless)))
      return true;
  }
  return false;
}

function fits(
  kernel: Kernel,
  clients: readonly Client[],
  answers: readonly Answers[],
  order: readonly number[],
): boolean {
  const at = clients.map(() => 0);
  const self = side(kernel);
  for (const who of order) {
    const which = at[who] ?? 0;
    at[who] = which + 1;
    const step = clients[who]?.[which];
    const answer = answers[who]?.[which];
    if (step === undefined || answer === undefined) return false;
    // It says itself that it did nothing, and that it may be called again.
    if (isFailure(answer) && answer.code === "EBUSY") continue;
    const expected = outcomeNow(kernel, () => now(perform(self, step)));
    if (!same(expected, answer) && !known(step, expected, answer)) return false;
  }
  return true;
}

function outcomeNow(kernel: Kernel, action: () => unknown): Outcome {
  try {
    return { value: action() };
  } catch (reason) {
    return outcomeOf(reason, (path) => kernel.shown(path));
  }
}

/** The kernel's side never waits. */
function now<T>(flow: Flow<T>): T {
  return run(flow) as T;
}

/** Every way in which the steps of the clients can follow each other: the client whose turn it is, turn by turn. */
function* orders(left: readonly number[]): Generator<number[]> {
  if (left.every((count) => count === 0)) return yield [];
  for (const [who, count] of left.entries())
    if (count > 0)
      for (const rest of orders(left.map((one, at) => (at === who ? one - 1 : one)))) yield [who, ...rest];
}

/** A line of a picture without its last word, which is when it was changed. */
function timeless(line: string): string {
  return line.slice(0, line.lastIndexOf(" "));
}

function alike(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, at) => line === other[at]);
}
