import { readFileSync } from "node:fs";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createPool, python } from "@vfs/sandbox";
import { answer } from "./answer.ts";
import { recorded } from "./model.ts";

// `node dist/main.js [csv] [recordings]`: answers each recorded question on the file.
const here = (path: string): URL => new URL(path, `file://${process.cwd()}/`);
const [, , csv = "sales.csv", recordings = "recordings.json"] = process.argv;

await using files = createVfs(memory());
await files.writeFile("/table.csv", readFileSync(here(csv)));
// The file is there to be read; what code makes of it lies elsewhere, and is gone with its session.
await using pool = await createPool({
  size: 1,
  engine: python(),
  mounts: { "/work": { vfs: files.view({ root: "/" }), readOnly: true } },
});
const model = recorded(here(recordings));
const questions = Object.keys(JSON.parse(readFileSync(here(recordings), "utf8")) as object);
for (const question of questions) {
  await using session = await pool.acquire();
  const { value, tries, failure } = await answer(session, model, question);
  console.log(
    `${question}\n  ${failure ?? JSON.stringify(value)} (${tries === 1 ? "1 try" : `${tries} tries`})`,
  );
}
const { size } = await files.stat("/table.csv");
console.log(`the table is as it was: ${size === readFileSync(here(csv)).length}`);
