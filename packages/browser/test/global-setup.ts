import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle, launchServer, serveSite } from "@vfs/chromium";
import type { TestProject } from "vitest/node";
import { exampleOf } from "./harness/readme.ts";

const HOME = fileURLToPath(new URL("..", import.meta.url));

/** One browser and one site for all test files. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await bundlePage();
  const site = await serveSite(folder);
  const browser = await launchServer();
  project.provide("browserEndpoint", browser.endpoint);
  project.provide("origin", site.origin);
  return async () => {
    await browser[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  };
}

/** Bundles the scripts of the test page, from source, and the example of the README as `readme.js`; answers the folder. */
async function bundlePage(): Promise<string> {
  const alias = { "@vfs/browser": `${HOME}/src/index.ts` };
  const pages = { page: `${HOME}/test/page/page.ts`, worker: `${HOME}/test/page/worker.ts` };
  const outDir = await bundle({ root: HOME, alias, input: pages });
  const readme = {
    name: "readme",
    resolveId: (id: string) => (id === "virtual:readme" ? id : undefined),
    load: (id: string) => (id === "virtual:readme" ? exampleOf("js").code : undefined),
  };
  // As a user's page would have it: what is found out from the text of functions must stand this.
  const input = { readme: "virtual:readme" };
  return bundle({ root: HOME, alias, input, outDir, minify: true, plugins: [readme] });
}

declare module "vitest" {
  interface ProvidedContext {
    browserEndpoint: string;
    origin: string;
  }
}
