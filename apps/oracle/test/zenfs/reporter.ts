import type { EventData } from "node:test";

/** One test of the suite, as its process told it. */
export interface Told {
  readonly file: string;
  readonly name: string;
  readonly outcome: "pass" | "fail" | "skip";
  readonly error?: string | undefined;
}

type Event =
  | { readonly type: "test:pass" | "test:fail"; readonly data: EventData.TestPass | EventData.TestFail }
  | { readonly type: "other" };

/** Reports each test as a line of JSON. */
// oxlint-disable-next-line import/no-default-export -- a reporter of node:test is one
export default async function* report(events: AsyncIterable<Event>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, file = "", skip, todo, details } = event.data;
    if (details.type === "suite" && skip === undefined) continue;
    const skipped = skip !== undefined || todo !== undefined;
    const outcome = event.type === "test:fail" ? "fail" : skipped ? "skip" : "pass";
    const error = "error" in details ? (details.error.stack ?? details.error.message) : undefined;
    yield `${JSON.stringify({ file, name, outcome, error } satisfies Told)}\n`;
  }
}
