import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { newFolder, typedIn } from "./helpers.ts";

const SERVER = fileURLToPath(new URL("../../../packages/e2b/test/server/main.ts", import.meta.url));
let stop = (): void => undefined;
let sandboxId = "";

beforeAll(async () => {
  const server = spawn(process.execPath, [SERVER], { stdio: ["pipe", "pipe", "inherit"] });
  stop = () => void server.stdin.end();
  const [line] = (await once(server.stdout, "data")) as [Buffer];
  const { url, apiKey } = JSON.parse(line.toString()) as { url: string; apiKey: string };
  vi.stubEnv("E2B_API_URL", url);
  vi.stubEnv("E2B_SANDBOX_URL", url);
  vi.stubEnv("E2B_API_KEY", apiKey);
  const made = await fetch(`${url}/v2/sandboxes`, {
    method: "POST",
    headers: { "x-api-key": apiKey },
    body: JSON.stringify({ templateID: "base", metadata: { profile: "none" } }),
  });
  ({ sandboxID: sandboxId } = (await made.json()) as { sandboxID: string });
});
afterAll(() => {
  stop();
  vi.unstubAllEnvs();
});

it("e2b:// › is a location as any other", async () => {
  const vfs = typedIn(newFolder());
  // Outside its home the sandbox of the tests has the files of this machine.
  const folder = `/tmp/vfs-cli-${randomUUID()}`;
  const home = `e2b://${sandboxId}${folder}`;
  const source = `file:${fileURLToPath(new URL("../src/tour", import.meta.url))}`;
  expect(await vfs(["mkdir", home])).toMatchObject({ code: 0, stderr: "" });
  expect(await vfs(["cp", "-r", source, `${home}/tour`])).toMatchObject({ code: 0 });
  expect((await vfs(["ls", `${home}/tour`])).stdout).toContain("tour.ts");
  expect((await vfs(["cat", `${home}/tour/tour.ts`])).stdout).toContain("import");
  expect((await vfs(["cat", `${home}/none`])).stderr).toContain(`${home}/none`);
  expect((await vfs(["ls", `e2b:${sandboxId}`])).code).toBe(2);
  // It goes on without us.
  expect((await vfs(["rm", "-r", home])).code).toBe(0);
});
