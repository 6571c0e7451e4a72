import { resolve } from "node:path";
import type { Job, Program } from "../command.ts";
import { tour } from "../tour/tour.ts";

interface TourOptions {
  readonly db?: string;
}

export function addTour(program: Program): void {
  program
    .add<[string | undefined, TourOptions]>(
      "tour [folder]",
      "see it all work: three stores under one root, Python on them; the folder is only read",
      ({ output }: Job, folder = ".", { db }) => {
        const { terminal } = output;
        return tour(
          output,
          resolve(terminal.cwd, folder),
          db === undefined ? undefined : resolve(terminal.cwd, db),
        );
      },
    )
    .option(
      "--db <file>",
      "where to put the database, which is made anew; in a temporary folder unless told",
    );
}
