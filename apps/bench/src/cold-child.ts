import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createSession, python } from "@vfs/sandbox";

// Run by python.ts: prints how many milliseconds after the start of the process a session was ready.
const session = await createSession({ vfs: createVfs(memory()), engine: python() });
process.stdout.write(String(performance.now()));
await session.close();
