import type { BrowserContext, Page } from "playwright-core";

/** Calls one of the functions that a page has under `globalThis.calls`, and answers with what it gives. */
export type Caller<C> = <K extends keyof C & string>(
  page: Page,
  name: K,
  ...args: C[K] extends (...all: infer A) => unknown ? A : never
) => Promise<C[K] extends (...all: never[]) => infer R ? Awaited<R> : never>;

type AnyCalls = Record<string, (...all: readonly unknown[]) => unknown>;

/** The caller of the functions `C` of a page. */
export function callerOf<C>(): Caller<C> {
  const call = (page: Page, called: string, ...given: readonly unknown[]): Promise<unknown> =>
    page.evaluate(([name, args]) => (globalThis as unknown as { calls: AnyCalls }).calls[name]?.(...args), [
      called,
      given,
    ] as const);
  return call as Caller<C>;
}

/** Opens a page, passes on what it prints, and waits until it has its functions. */
export async function openWithCalls(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  page.on("console", (message) => console.log(`page: ${message.text()}`));
  page.on("pageerror", (error) => console.log(`page: ${error.stack ?? error.message}`));
  await page.goto(url);
  await page.waitForFunction(() => "calls" in globalThis);
  return page;
}
