import { mustRun } from "./steps.ts";

// `npm test`: everything that can be checked. Arguments go to vitest: `npm test -- --project @vfs/core`.
mustRun(
  ["turbo", "run", "build", "--output-logs=errors-only"],
  ["turbo", "run", "lint", "typecheck", "--output-logs=errors-only"],
  ["node", "scripts/lint.ts"],
  [
    "vitest",
    "run",
    "--reporter=agent",
    "--reporter=json",
    "--outputFile.json=.cache/tests.json",
    ...process.argv.slice(2),
  ],
);
