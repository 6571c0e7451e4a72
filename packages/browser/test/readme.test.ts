import { expect, it } from "vitest";
import { openPage, useBrowser } from "./harness/pages.ts";
import { exampleOf } from "./harness/readme.ts";

useBrowser();

// For a busy machine. Nothing waits for it to pass.
const PATIENCE = { timeout: 30_000 };

it("README › its example does what it says, bundled and minified, in a page of its own", async () => {
  const page = await openPage();
  const printed: string[] = [];
  page.on("console", (message) => void printed.push(message.text()));
  await page.addScriptTag({ url: "/readme.js", type: "module" });
  await expect.poll(() => printed.join("\n"), PATIENCE).toBe(exampleOf("js").printed.trim());
});
