import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Provider } from "@vfs/core";
import { e2b } from "@vfs/e2b";
import { s3 } from "@vfs/s3";

/** A server of a package's tests in a process of its own, and how stores on it are made. */
export interface Served extends AsyncDisposable {
  /** Each call makes a store with nothing in it. */
  readonly make: () => Provider;
}

async function serve(name: "s3" | "e2b"): Promise<{ told: string; stop: () => Promise<void> }> {
  const file = fileURLToPath(new URL(`../../../packages/${name}/test/server/main.ts`, import.meta.url));
  const server = spawn(process.execPath, [file], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(server.stdout, "data")) as [Buffer];
  const stop = async (): Promise<void> => {
    server.stdin.end();
    await once(server, "exit");
  };
  return { told: line.toString().trim(), stop };
}

export async function onS3(): Promise<Served> {
  const { told, stop } = await serve("s3");
  let count = 0;
  const credentials = { accessKeyId: "AKTEST", secretAccessKey: "SKTEST" };
  return {
    make: () =>
      s3({ bucket: "bench", prefix: `store${++count}`, endpoint: told, credentials, forcePathStyle: true }),
    [Symbol.asyncDispose]: stop,
  };
}

export async function onE2b(): Promise<Served> {
  const { told, stop } = await serve("e2b");
  const { url, apiKey } = JSON.parse(told) as { url: string; apiKey: string };
  return {
    make: () =>
      e2b({
        apiUrl: url,
        sandboxUrl: url,
        apiKey,
        metadata: { profile: "none" },
        rootDir: "/home/user/work",
      }),
    [Symbol.asyncDispose]: stop,
  };
}
