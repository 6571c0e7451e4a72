import { receive, send } from "../../python/guest/channel.ts";
import { settle } from "../../guest/place.ts";
import { PROCESS } from "../../guest/process-place.ts";
import type { GuestConfig } from "../../protocol.ts";
import { Shell } from "./shell.ts";

// The program of a guest process. It takes no arguments and no environment: all that it is told comes by its channel.

settle(PROCESS);
const { header } = receive();
if (header[0] !== "boot") throw new Error("a guest is started by a session");
await serve(header[1]);

async function serve(config: GuestConfig): Promise<void> {
  const shell = await Shell.load(config);
  send(["ready"]);
  for (;;) {
    const { header: next, payload } = receive();
    if (next[0] === "run") send(["done", await shell.run(next[1], payload)]);
  }
}
