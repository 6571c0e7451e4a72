import { callerOf, openWithCalls, type Caller } from "@vfs/chromium";
import { chromium, type Browser, type BrowserContext, type CDPSession, type Page } from "playwright-core";
import { afterAll, beforeAll, inject } from "vitest";
import type { PageCalls } from "../page/page.ts";

let browser: Browser | undefined;
let context: BrowserContext | undefined;

/**
 * Gives a test file pages in the shared browser: with what they store in memory, apart from all others, or in its profile
 * on the disk, under names of the file's own. OPFS is several times as fast on the disk, and IndexedDB in memory.
 */
export function useBrowser(where: "memory" | "disk" = "memory"): void {
  beforeAll(async () => {
    browser = await chromium.connectOverCDP(inject("browserEndpoint"));
    context = where === "memory" ? await browser.newContext() : browser.contexts()[0];
  });
  afterAll(async () => {
    await Promise.all(opened.splice(0).map((page) => page.close()));
    if (where === "memory") await context?.close();
    await browser?.close();
  });
}

const opened: Page[] = [];

/** Opens a page; all pages of a test file share their storage, as tabs do. */
export async function openPage(path = "/", origin: string = inject("origin")): Promise<Page> {
  if (context === undefined) throw new Error("call useBrowser() first");
  const page = await openPageIn(context, path, origin);
  opened.push(page);
  return page;
}

/** Opens a page in another browser, or another profile of this one. */
export function openPageIn(
  where: BrowserContext,
  path = "/",
  origin: string = inject("origin"),
): Promise<Page> {
  return openWithCalls(where, origin + path);
}

/** Calls a function of the page. */
export const call: Caller<PageCalls> = callerOf<PageCalls>();

/** The protocol of the browser's developer tools, for what pages cannot do. */
export async function protocolOf(page: Page): Promise<CDPSession> {
  return page.context().newCDPSession(page);
}
