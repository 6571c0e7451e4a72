// A host that is ended while its guest runs code: tells the guest's process id, and waits for what comes.
import { spawnSync } from "node:child_process";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createSession, python } from "../src/index.ts";

const [, , code, timeoutMs] = process.argv;
const session = await createSession({ vfs: createVfs(memory()), engine: python() });
void session.execute(`print('running', flush=True)\n${code}`, {
  timeoutMs: Number(timeoutMs),
  onStdout: () => {
    const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(process.pid)], { encoding: "utf8" });
    // The first child is the guest; `ps` itself is the other.
    process.send?.(Number(stdout.trim().split(/\s+/)[0]));
  },
});
