import { LiveSession } from "../live-session.ts";
import { resolveSession } from "../session-options.ts";
import type { Session, SessionOptions } from "../session.ts";
import { pageContext } from "./call-context.ts";

/** How a session in a page is made. */
export type PageSessionOptions = Omit<SessionOptions, "isolation">;

/**
 * Starts a session in a page.
 *
 * @example
 * await using session = await createSession({ vfs, engine: python({ engineUrl: "/pyodide/" }) });
 * const { stdout } = await session.execute("print(open('/data/a.txt').read())");
 *
 * @throws TypeError or RangeError for options that make no sense; VfsError `ENOTSUP` where the page cannot have one;
 * Error when the interpreter does not start.
 */
export async function createSession(options: PageSessionOptions): Promise<Session> {
  const session = new LiveSession(options.engine, resolveSession(options), pageContext);
  await session.start();
  return session;
}
