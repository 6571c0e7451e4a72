import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import Database from "better-sqlite3";
import { vi } from "vitest";
import { sqlite } from "../src/index.ts";

interface Bench {
  readonly vfs: Vfs;
  /** The store's own connection. */
  readonly database: Database.Database | undefined;
  /** Lets the database have only so many pages more. */
  readonly leave: (pages: number) => void;
}

/** A store on a disk that is as full as a test wants it. */
export function limited(file: string): Bench {
  const pragma = vi.spyOn(Database.prototype, "pragma");
  const vfs = createVfs(sqlite({ file }));
  const database = pragma.mock.contexts.at(-1) as Database.Database | undefined;
  pragma.mockRestore();
  const leave = (pages: number): void => {
    const now = database?.pragma("page_count", { simple: true }) as number;
    database?.pragma(`max_page_count = ${now + pages}`);
  };
  return { vfs, database, leave };
}

/** The code and the path that an action fails with. */
export const code = async (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "ok",
    (error: unknown) => (isVfsError(error) ? `${error.code} ${error.path}` : "another error"),
  );
