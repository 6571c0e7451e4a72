import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { newFolder, typedIn } from "./helpers.ts";

const SERVER = fileURLToPath(new URL("../../../packages/s3/test/server/main.ts", import.meta.url));
let stop = (): void => undefined;

beforeAll(async () => {
  const server = spawn(process.execPath, [SERVER], { stdio: ["pipe", "pipe", "inherit"] });
  stop = () => void server.stdin.end();
  const [line] = (await once(server.stdout, "data")) as [Buffer];
  vi.stubEnv("AWS_ENDPOINT_URL_S3", line.toString().trim());
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKTEST");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "SKTEST");
});
afterAll(() => {
  stop();
  vi.unstubAllEnvs();
});

/** Puts an object of another storage class, past the command. */
async function putCold(Key: string, Body: string): Promise<void> {
  const client = new S3Client({
    endpoint: process.env["AWS_ENDPOINT_URL_S3"] ?? "",
    region: "us-east-1",
    forcePathStyle: true,
  });
  await client.send(new PutObjectCommand({ Bucket: "bench", Key, Body, StorageClass: "GLACIER_IR" }));
  client.destroy();
}

it("s3:// › is a location as any other", async () => {
  const vfs = typedIn(newFolder());
  await vfs(["mkdir", "-p", "s3://bench/docs"]);
  expect(await vfs(["cp", "memory:/none", "s3://bench/docs/a"])).toMatchObject({ code: 1 });
  const run = await vfs([
    "cp",
    "-r",
    fileURLToPath(new URL("../src/tour", import.meta.url)).replace(/^/, "file:"),
    "s3://bench/docs/tour",
  ]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect((await vfs(["ls", "s3://bench/docs/tour"])).stdout).toContain("tour.ts");
  expect((await vfs(["cat", "s3://bench/docs/tour/tour.ts"])).stdout).toContain("import");
  expect((await vfs(["cat", "s3://bench/none"])).stderr).toContain("s3://bench/none");
  expect((await vfs(["ls", "s3:bench"])).code).toBe(2);
});

it("s3 › makes, counts, copies, clears and removes buckets", async () => {
  const vfs = typedIn(newFolder());
  expect((await vfs(["s3", "create", "other"])).code).toBe(0);
  expect((await vfs(["s3", "list"])).stdout.trim().split("\n").sort()).toEqual(["bench", "other"]);
  await putCold("docs/tour/cold", "1234567");
  const info = JSON.parse((await vfs(["--json", "s3", "info", "bench", "--prefix", "docs/"])).stdout) as {
    objects: number;
    prefixes: object;
    storageClasses: object;
  };
  expect(info.objects).toBe(6);
  expect(info.storageClasses).toMatchObject({
    STANDARD: { objects: 5 },
    GLACIER_IR: { objects: 1, bytes: 7 },
  });
  const shown = (await vfs(["s3", "info", "bench", "--prefix", "docs/", "--show-top", "0"])).stdout;
  expect(shown).toMatch(/GLACIER_IR +1 objects +7/);
  expect(Object.keys(info.prefixes)).toContain("docs/tour/");
  const dry = await vfs([
    "s3",
    "copy",
    "bench",
    "other",
    "--source-prefix",
    "docs/",
    "--dest-prefix",
    "x/",
    "--dry-run",
  ]);
  expect(dry.stdout).toContain("would copy docs/tour/tour.ts");
  expect((await vfs(["s3", "copy", "bench", "other"])).code).toBe(2);
  const copied = await vfs([
    "s3",
    "copy",
    "bench",
    "other",
    "--source-prefix",
    "docs/",
    "--dest-prefix",
    "x/",
    "--yes",
  ]);
  expect(copied).toMatchObject({ code: 0, stdout: "copied 6 objects\n" });
  expect((await vfs(["s3", "ls", "other", "--prefix", "x/tour/"])).stdout).toContain("x/tour/tour.ts");
  expect((await vfs(["s3", "delete", "other", "--yes"])).code).toBe(1);
  const asked = await vfs(["s3", "clear", "other"], {
    isTTY: true,
    stdin: [new TextEncoder().encode("n\n")],
  });
  expect([asked.code, (await vfs(["s3", "ls", "other"])).stdout.split("\n").length]).toEqual([2, 7]);
  const cleared = await vfs(["s3", "clear", "other"], {
    isTTY: true,
    stdin: [new TextEncoder().encode("y\n")],
  });
  expect(cleared.stdout).toBe("removed 6 objects\n");
  expect((await vfs(["s3", "delete", "other", "--yes"])).code).toBe(0);
  expect((await vfs(["s3", "info", "other"])).code).toBe(1);
});
