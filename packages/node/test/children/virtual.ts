import { CHECKS, tryOut } from "./virtual-checks.ts";

// Tries everything, and prints what failed by its name.
const failures: Record<string, string> = {};
for (const [name, check] of Object.entries(CHECKS))
  await tryOut(check).catch((error: unknown) => {
    failures[name] = (error as Error).stack ?? String(error);
  });
process.stdout.write(JSON.stringify(failures));
