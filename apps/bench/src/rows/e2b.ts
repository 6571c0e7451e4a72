import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createVfs } from "@vfs/core";
import { e2b } from "@vfs/e2b";
import { memory } from "@vfs/memory";
import { Sandbox } from "e2b";
import { atLeast, told, type Bench, type Row } from "../row.ts";

const SERVER = fileURLToPath(new URL("../../../../packages/e2b/test/server/main.ts", import.meta.url));
const FILES = 1000;

/** Trees of a thousand small files, beside a call of the SDK for each file, on sandboxes that are so far away. */
export const sandboxes: Bench = {
  name: "e2b: trees of a thousand small files beside a call of the SDK for each",
  run: async () => [...(await onServer(0)), ...(await onServer(30))],
};

/** On a server in a process of its own, so that only the client's work is counted. */
async function onServer(latencyMs: number): Promise<Row[]> {
  const child = spawn(process.execPath, [SERVER, String(latencyMs)], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const { url, apiKey } = JSON.parse(line.toString()) as { url: string; apiKey: string };
    return await trees(await Sandbox.create({ apiUrl: url, sandboxUrl: url, apiKey }), latencyMs);
  } finally {
    child.stdin.end();
    await once(child, "exit");
  }
}

async function trees(sandbox: Sandbox, latencyMs: number): Promise<Row[]> {
  const box = e2b({ sandbox });
  await using vfs = createVfs(memory());
  await vfs.mount("/box", box);
  const entries = Array.from({ length: FILES }, (_, i) => ({
    name: `f${i}`,
    type: "file" as const,
    data: new Uint8Array(randomBytes(1024)),
  }));
  await vfs.mkdir("/box/ours");
  const far = `${latencyMs} ms away, ${FILES} files of 1 KiB`;
  const rows: Row[] = [];
  const beside = (what: string, ours: number, theirs: number): void => {
    rows.push(
      told(`${far}, ${what}`, ours, "ms"),
      atLeast(`${far}, ${what}: calls of the SDK`, theirs / ours, 10, "x ours"),
    );
  };

  const wrote = await timed(() => box.writeTree("/ours", entries));
  const wroteEach = await timed(async () => {
    for (const { name, data } of entries) await sandbox.files.write(`/home/user/theirs/${name}`, data.buffer);
  });
  beside("written", wrote, wroteEach);

  const read = await timed(() => vfs.cp("/box/ours", "/ours", { recursive: true }));
  const readEach = await timed(async () => {
    for (const { name } of entries)
      await sandbox.files.read(`/home/user/theirs/${name}`, { format: "bytes" });
  });
  beside("read", read, readEach);

  const looked = await timed(() => vfs.du("/box/ours"));
  const lookedEach = await timed(async () => {
    for (const { name } of entries) await sandbox.files.getInfo(`/home/user/theirs/${name}`);
  });
  beside("stats of all", looked, lookedEach);

  const removed = await timed(() => vfs.rm("/box/ours", { recursive: true }));
  const removedEach = await timed(async () => {
    for (const { name } of entries) await sandbox.files.remove(`/home/user/theirs/${name}`);
  });
  beside("removed", removed, removedEach);
  return rows;
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return performance.now() - began;
}
