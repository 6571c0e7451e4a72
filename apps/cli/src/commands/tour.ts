import { resolve } from "node:path";
import type { Job, Program } from "../command.ts";
import { parseLocation } from "../location.ts";
import { UsageError } from "../output.ts";

interface TourOptions {
  readonly db?: string;
}

const HELP = `
Examples:
  vfs tour
  vfs tour ./src --db tour.db     and then look at what it made: vfs tree -L 2 sqlite:tour.db`;

export function addTour(program: Program): void {
  program
    .add<[string | undefined, TourOptions]>(
      "tour [folder]",
      "see it all work: three stores under one root, Python on them; the folder is only read",
      async ({ output }: Job, folder = ".", { db }) => {
        const { tour } = await import("../tour/tour.ts");
        const { cwd } = output.terminal;
        return tour(output, resolve(cwd, folder), db === undefined ? undefined : databaseFile(db, cwd));
      },
      { seesCwd: false },
    )
    .option(
      "--db <file>",
      "where to put the database, that of an earlier tour is replaced; in a temporary folder unless told",
    )
    .addHelpText("after", HELP);
}

/** A file that can be written as a location afterwards. */
function databaseFile(db: string, cwd: string): string {
  const location = parseLocation(`sqlite:${db}`, cwd);
  if (location.store !== "sqlite" || location.written !== `sqlite:${db}`)
    throw new UsageError(`${db}: name a file without a colon`);
  return location.file;
}
