import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { uploadServer } from "../src/uploads.ts";

const SERVER = fileURLToPath(new URL("../../../packages/s3/test/server/main.ts", import.meta.url));

/** The address of a bucket `bench`. */
async function startBucket(): Promise<string> {
  const server = spawn(process.execPath, [SERVER], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void server.stdin.end());
  const [line] = (await once(server.stdout, "data")) as [Buffer];
  return line.toString().trim();
}

it("uploads › go into one bucket, and each tenant has its own files and quota", async () => {
  const bucket = {
    bucket: "bench",
    endpoint: await startBucket(),
    region: "us-east-1",
    credentials: { accessKeyId: "AKTEST", secretAccessKey: "SKTEST" },
    forcePathStyle: true,
  };
  const tenants = ["ada", "bob"].map((name) => ({ name, token: `token-of-${name}`, maxTotalBytes: 1000 }));
  await using server = await uploadServer({ bucket, tenants });
  const as =
    (name: string) =>
    (path: string, init: RequestInit = {}) =>
      fetch(`${server.url}${path}`, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), authorization: `Bearer token-of-${name}` },
      });
  const ada = as("ada");
  const bob = as("bob");

  const put = await ada("/files/in/a.csv", {
    method: "PUT",
    body: "a,b\n",
    headers: { "content-type": "text/csv" },
  });
  expect(put.status).toBe(200);
  const { bytes, etag } = (await put.json()) as { bytes: number; etag: string };
  expect(bytes).toBe(4);
  // The download comes from the bucket itself.
  const download = await ada("/files/in/a.csv");
  expect(await download.text()).toBe("a,b\n");
  expect(download.redirected).toBe(true);
  expect(download.url.startsWith(bucket.endpoint)).toBe(true);

  expect((await fetch(`${server.url}/files/in/a.csv`)).status).toBe(401);
  expect((await as("eve")("/files/in/a.csv")).status).toBe(401);
  expect((await bob("/files/in/a.csv")).status).toBe(404);
  expect((await bob("/files/..%2Fada%2Fin%2Fa.csv")).status).toBe(404);

  // Of two who upload, the one who is late is told.
  const again = { method: "PUT", body: "c", headers: { "if-none-match": "*" } };
  expect((await ada("/files/in/a.csv", again)).status).toBe(412);
  expect(
    (await ada("/files/in/a.csv", { method: "PUT", body: "a,c\n", headers: { "if-match": etag } })).status,
  ).toBe(200);
  expect(
    (await ada("/files/in/a.csv", { method: "PUT", body: "a,d\n", headers: { "if-match": etag } })).status,
  ).toBe(412);

  // What does not fit is refused, told of its length or not, and leaves what was there.
  const large = new Uint8Array(2000);
  expect((await ada("/files/in/a.csv", { method: "PUT", body: large })).status).toBe(413);
  const stream = new Blob([large]).stream();
  const unknown = { method: "PUT", body: stream, duplex: "half" } as RequestInit;
  expect((await ada("/files/in/a.csv", unknown)).status).toBe(413);
  expect(await (await ada("/files/in/a.csv")).text()).toBe("a,c\n");
  expect((await bob("/files/mine", { method: "PUT", body: new Uint8Array(900) })).status).toBe(200);
  expect(await (await bob("/usage")).json()).toMatchObject({ bytes: 900 });
  expect(await (await ada("/usage")).json()).toMatchObject({ bytes: 4 });

  expect((await ada("/files/run.exe", { method: "PUT", body: "x" })).status).toBe(403);
  expect(
    (await ada("/files/run", { method: "PUT", body: "\u007fELF\u0002\u0001\u0001 and so on" })).status,
  ).toBe(403);

  expect(await (await ada("/files")).json()).toEqual([{ path: "/in/a.csv", bytes: 4 }]);
  expect((await ada("/files/in/a.csv", { method: "DELETE" })).status).toBe(200);
  expect(await (await ada("/files")).json()).toEqual([]);
});
