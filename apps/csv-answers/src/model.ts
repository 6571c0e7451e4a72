import { readFileSync } from "node:fs";

/** What has been said so far: the question, and each piece of code with what came of it. */
export interface Conversation {
  readonly question: string;
  readonly tries: readonly { readonly code: string; readonly outcome: string }[];
}

/** Writes code that answers a question. A service with an interface of its own takes the place of this in earnest. */
export type Model = (conversation: Conversation) => Promise<string>;

/** A model whose answers were recorded: the same code for the same question and the same number of tries before. */
export function recorded(file: URL): Model {
  const answers = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, readonly string[][]>>;
  return async ({ question, tries }) => {
    const code = answers[question]?.[tries.length];
    if (code === undefined) throw new Error(`there is no recorded answer to "${question}"`);
    return code.join("\n");
  };
}
