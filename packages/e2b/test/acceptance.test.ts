import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { API_KEY, E2bServer } from "./server/server.ts";
import { USER_ID } from "./server/users.ts";

const server = await E2bServer.start();
afterAll(() => server.close());

const place = (name: string): string => fileURLToPath(new URL(`acceptance/${name}`, import.meta.url));

/** Times, signatures, ports, and what the user is called here. */
function withoutVolatile(output: string): string[] {
  const here = execFileSync("id", ["-un", String(USER_ID)], { encoding: "utf8" }).trim();
  return output
    .replaceAll(/"(modifiedTime|date|last-modified|keep-alive)":"[^"]*"/g, '"$1":_')
    .replaceAll(/signature=[^"]*/g, "signature=_")
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "http://_")
    .replace(/^sandboxId .*$/m, "sandboxId _")
    .replace(`/tmp\\n${here}\\n`, "/tmp\\nuser\\n")
    .split("\n");
}

describe("e2b › the server of the tests", () => {
  it("answers 53 calls of the unmodified SDK as the real daemon did", async () => {
    const env = {
      ...process.env,
      E2B_API_URL: server.url,
      E2B_SANDBOX_URL: server.url,
      E2B_API_KEY: API_KEY,
    };
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [place("calls.mjs")], { env });
    expect(withoutVolatile(stdout)).toEqual(withoutVolatile(readFileSync(place("calls.out"), "utf8")));
  });
});
