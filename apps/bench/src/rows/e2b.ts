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
const FOLDERS = 20;

/** Trees of a thousand small files, beside a call of the SDK for each file, on a sandbox that is so far away. */
export const sandboxes: Bench = {
  name: "e2b: trees of a thousand small files beside a call of the SDK for each",
  run: async () => [...(await onServer(0)), ...(await onServer(20))],
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
  await using vfs = createVfs(memory());
  await vfs.mount("/box", e2b({ sandbox }));
  const names = Array.from({ length: FILES }, (_, i) => `d${i % FOLDERS}/f${i}`);
  for (let i = 0; i < FOLDERS; i++) await vfs.mkdir(`/tree/d${i}`, { recursive: true });
  for (const name of names) await vfs.writeFile(`/tree/${name}`, randomBytes(1024));
  await vfs.exists("/box");
  const rows: Row[] = [];
  const race = async (
    what: string,
    ours: () => Promise<unknown>,
    theirs: () => Promise<unknown>,
  ): Promise<void> => {
    const our = await timed(ours);
    const their = await timed(theirs);
    const which = `${latencyMs} ms away: ${what}`;
    const each = `${which}, a call for each`;
    // Nothing real is so near: there it is the server's own work that is compared.
    const beside = latencyMs === 0 ? told(each, their / our, "x") : atLeast(each, their / our, 10, "x");
    rows.push(told(which, our, "ms"), beside);
  };
  const { files } = sandbox;
  const at = (name: string): string => `/home/user/theirs/${name}`;

  await race(
    "written, `cp` from memory",
    () => vfs.cp("/tree", "/box/ours", { recursive: true }),
    async () => {
      for (const name of names) await files.write(at(name), (await vfs.readFile(`/tree/${name}`)).buffer);
    },
  );
  await race(
    "read, `cp` to memory",
    () => vfs.cp("/box/ours", "/back", { recursive: true }),
    async () => {
      for (const name of names) await files.read(at(name), { format: "bytes" });
    },
  );
  await race(
    "walked with a stat of each, `readdir`",
    () => vfs.readdir("/box/ours", { recursive: true, withFileTypes: true, stat: true }),
    async () => {
      for (const { path } of await files.list(at(""))) await files.list(path);
      for (const name of names) await files.getInfo(at(name));
    },
  );
  await race(
    "removed, `rm`",
    () => vfs.rm("/box/ours", { recursive: true }),
    async () => {
      for (const name of names) await files.remove(at(name));
    },
  );
  return rows;
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return performance.now() - began;
}
