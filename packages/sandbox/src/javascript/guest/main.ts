import { receive, send } from "../../python/guest/channel.ts";
import { settle } from "../../guest/place.ts";
import { PROCESS } from "../../guest/process-place.ts";
import type { GuestConfig } from "../../protocol.ts";
import { Machine } from "./machine.ts";
import { isOutOfMemory } from "./thrown.ts";

// The program of a guest process. It takes no arguments and no environment: all that it is told comes by its channel.

settle(PROCESS);
const { header } = receive();
if (header[0] !== "boot") throw new Error("a guest is started by a session");
await serve(header[1]);

async function serve(config: GuestConfig): Promise<void> {
  const machine = await Machine.load(config);
  send(["ready"]);
  for (;;) {
    const { header: next, payload } = receive();
    if (next[0] !== "run") continue;
    try {
      send(["done", machine.run(next[1], payload)]);
    } catch (error) {
      end(error);
    }
  }
}

/** The interpreter is in no state to go on: the host is told why, and starts another. */
function end(error: unknown): never {
  // Full to the brim: that is told by the way in which the process ends.
  if (isOutOfMemory(error)) process.abort();
  process.stderr.write((error as Error).message.slice(0, 500));
  process.exit(3);
}
