import { settle } from "../../guest/place.ts";
import type { GuestConfig } from "../../protocol.ts";
import { Interpreter, type Wheel } from "../../python/guest/interpreter.ts";
import { preparedIn } from "../../python/guest/prepared-memory.ts";
import type { ToWorker } from "../worker-carrier.ts";
import { closeRealm } from "./close-realm.ts";
import { preparedMemory } from "./kept-memory.ts";
import { workerPlace, type WorkerPlace } from "./worker-place.ts";

// The program of a guest worker. All that it is told comes by the memory that it is started with.

globalThis.addEventListener(
  "message",
  ({ data }: MessageEvent<ToWorker>) => {
    const place = workerPlace(data.memory);
    settle(place);
    void serve(place);
  },
  { once: true },
);

async function serve(place: WorkerPlace): Promise<never> {
  const { header } = place.receive();
  if (header[0] !== "boot") return place.fail("a guest is started by a session");
  const interpreter = await load(place, header[1]);
  closeRealm();
  place.send(["ready"]);
  for (;;) {
    const { header: next, payload } = place.receive();
    if (next[0] !== "run") continue;
    try {
      place.send(["done", interpreter.run(next[1], payload)]);
    } catch (error) {
      // The interpreter is in no state to go on.
      const { broken } = interpreter;
      place.fail(broken === undefined ? messageOf(error) : `it called ${broken}`);
    }
  }
}

async function load(place: WorkerPlace, config: GuestConfig): Promise<Interpreter> {
  try {
    const [memory, wheels] = await Promise.all([
      preparedMemory(config.engineUrl),
      Promise.all((config.wheels ?? []).map(fetchWheel)),
    ]);
    try {
      return await Interpreter.load(config, preparedIn(memory.bytes), wheels);
    } catch (error) {
      // The engine at this place has been replaced since.
      await memory.forget();
      if (!memory.wasKept) throw error;
    }
    return await Interpreter.load(config, preparedIn((await preparedMemory(config.engineUrl)).bytes), wheels);
  } catch (error) {
    // What went wrong stands at the end of what Python tells.
    return place.fail(messageOf(error).slice(-500));
  }
}

async function fetchWheel(url: string): Promise<Wheel> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`there is no wheel at ${url}: ${response.status}`);
  const name = decodeURIComponent(new URL(url).pathname.split("/").at(-1) ?? "");
  return { name, bytes: new Uint8Array(await response.arrayBuffer()) };
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 10_000);
}
