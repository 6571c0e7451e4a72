import type { ExecutionResult, Session } from "@vfs/sandbox";
import type { Conversation, Model } from "./model.ts";

/** What a question has come to. */
export interface Answer {
  readonly question: string;
  /** What the last expression of the code was. */
  readonly value: unknown;
  /** How often code was written for it. */
  readonly tries: number;
  /** Why there is none. */
  readonly failure?: string;
}

const MOST_TRIES = 3;

/** Asks a model for code until some of it runs, and shows it what went wrong with the code before. */
export async function answer(session: Session, model: Model, question: string): Promise<Answer> {
  const tries: Conversation["tries"][number][] = [];
  for (;;) {
    const code = await model({ question, tries });
    // Code that nobody has read: it has the files, two seconds, and nothing else.
    const result = await session.execute(code, { timeoutMs: 2000 });
    if (result.ok) return { question, value: result.value, tries: tries.length + 1 };
    const { error } = result;
    const outcome = outcomeOf(result);
    tries.push({ code, outcome });
    if (tries.length === MOST_TRIES)
      return { question, value: undefined, tries: MOST_TRIES, failure: `${error?.kind}: ${error?.message}` };
  }
}

function outcomeOf({ error, stdout }: ExecutionResult): string {
  return `${stdout}${error?.traceback || `${error?.kind}: ${error?.message}`}`;
}
