import { fork } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ATTACKS, type Attack } from "./attacks.ts";
import { newSession, valueOf } from "./helpers.ts";

const SECRET_TEXT = "planted-secret-3b1f";
const SENTINEL_TEXT = "planted-sentinel-77aa";

const folder = mkdtempSync(join(tmpdir(), "attack-"));
const secret = join(folder, "secret");
const marker = join(folder, "marker");
let server: Server;
let requests = 0;
/** What each attack printed in pyodide as it is, and whether the host noticed it. */
const stock = new Map<string, { readonly text: string; readonly noticed: boolean }>();

/** The attack, aimed at this host. */
function aimed({ code }: Attack): string {
  const { port } = server.address() as AddressInfo;
  return code.replaceAll("SECRET", secret).replaceAll("MARKER", marker).replaceAll("PORT", String(port));
}

/** Whether the host has noticed anything since it was last asked. */
function noticed(): boolean {
  const seen = requests > 0 || existsSync(marker);
  requests = 0;
  rmSync(marker, { force: true });
  return seen;
}

function succeeded(text: string, wasNoticed: boolean): boolean {
  return wasNoticed || text.includes(SECRET_TEXT) || text.includes(SENTINEL_TEXT);
}

beforeAll(async () => {
  writeFileSync(secret, SECRET_TEXT);
  process.env["SENTINEL"] = SENTINEL_TEXT;
  server = createServer((_request, response) => {
    requests++;
    response.end(SECRET_TEXT);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await runStock();
});

afterAll(() => {
  delete process.env["SENTINEL"];
  rmSync(folder, { recursive: true });
  server.closeAllConnections();
  server.close();
});

/** Tries all attacks where nothing stands in their way. One that ends the process is followed by the rest in another. */
async function runStock(): Promise<void> {
  let left = [...ATTACKS];
  while (left.length > 0) {
    const child = fork(fileURLToPath(new URL("stock-pyodide.mjs", import.meta.url)), {
      stdio: ["pipe", "ignore", "ignore", "ipc"],
    });
    child.on("message", ({ name, text }: { name: string; text: string }) =>
      stock.set(name, { text, noticed: noticed() }),
    );
    child.stdin?.end(JSON.stringify(left.map((attack) => ({ name: attack.name, code: aimed(attack) }))));
    await new Promise((resolve) => child.once("close", resolve));
    const [ended, ...rest] = left.filter(({ name }) => !stock.has(name));
    if (ended !== undefined) stock.set(ended.name, { text: "", noticed: noticed() });
    left = rest;
  }
}

describe("untrusted code", () => {
  for (const attack of ATTACKS)
    it(`does not get out by ${attack.name}`, async () => {
      const plain = stock.get(attack.name);
      // An attack that never works proves nothing: it must succeed on pyodide as it is, or say why it cannot.
      expect(succeeded(plain?.text ?? "", plain?.noticed ?? false)).toBe(attack.harmless === undefined);

      const session = await newSession({ limits: { timeoutMs: 10_000 } });
      const { stdout, stderr, error, value, repr } = await session.execute(aimed(attack));
      const told = JSON.stringify({ stdout, stderr, error, value, repr });
      // What the attack has begun gets as much time as it had before.
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(succeeded(told.replaceAll(secret, ""), noticed())).toBe(false);
      expect(await valueOf(session, "1 + 1")).toBe(2);
      expect(await valueOf(await newSession(), "open('/data/f', 'w').write('fine')")).toBe(4);
    });
});
