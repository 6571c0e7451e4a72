import { rmSync } from "node:fs";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { bundlePage } from "./harness/bundle.ts";
import { chromiumOptions } from "./harness/chromium.ts";
import { serveSite } from "./harness/site.ts";

/** One browser and one site for all test files. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await bundlePage();
  const site = await serveSite(folder);
  const browser = await chromium.launchServer({ headless: true, ...(await chromiumOptions()) });
  project.provide("browserEndpoint", browser.wsEndpoint());
  project.provide("origin", site.origin);
  return async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  };
}

declare module "vitest" {
  interface ProvidedContext {
    browserEndpoint: string;
    origin: string;
  }
}
