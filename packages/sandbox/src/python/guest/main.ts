import { constants, readFileSync, readSync } from "node:fs";
import { basename } from "node:path";
import { settle } from "../../guest/place.ts";
import { PROCESS } from "../../guest/process-place.ts";
import { GUEST_FDS, type GuestConfig } from "../../protocol.ts";
import { receive, send } from "./channel.ts";
import { Interpreter } from "./interpreter.ts";
import { headBytesOf, START_BYTES, type PreparedMemory } from "./prepared-memory.ts";

// The program of a guest process. It takes no arguments and no environment: all that it is told comes by its channel.

settle(PROCESS);
const { header } = receive();
if (header[0] !== "boot") throw new Error("a guest is started by a session");
await serve(header[1]);

async function serve(config: GuestConfig): Promise<void> {
  allowPyodide();
  const interpreter = await load(config);
  send(["ready"]);
  for (;;) {
    const { header: next, payload } = receive();
    if (next[0] !== "run") continue;
    try {
      send(["done", interpreter.run(next[1], payload)]);
    } catch (error) {
      end(interpreter, error);
    }
  }
}

async function load(config: GuestConfig): Promise<Interpreter> {
  try {
    const wheels = config.wheels?.map((path) => ({ name: basename(path), bytes: readFileSync(path) }));
    return await Interpreter.load(config, preparedMemory(config.snapshotBytes), wheels);
  } catch (error) {
    // What went wrong stands at the end of what Python tells.
    process.stderr.write((error as Error).message.slice(-500));
    process.exit(3);
  }
}

/** The interpreter is in no state to go on: the host is told why, as far as that is known, and starts another. */
function end(interpreter: Interpreter, error: unknown): never {
  const message =
    interpreter.broken === undefined ? (error as Error).message : `it called ${interpreter.broken}`;
  process.stderr.write(message.slice(0, 500));
  process.exit(3);
}

/**
 * The prepared memory, which the guest inherits as an open file: many guests read it at the same time, each right to its
 * place.
 */
function preparedMemory(bytes: number): PreparedMemory {
  const read = (into: Uint8Array, from: number): Uint8Array => {
    for (let done = 0; done < into.length;)
      done += readSync(GUEST_FDS.snapshot, into, done, into.length - done, from + done);
    return into;
  };
  const headBytes = headBytesOf(read(new Uint8Array(START_BYTES), 0));
  return {
    head: read(new Uint8Array(headBytes), 0),
    bytes,
    fill: (memory) => void read(memory.subarray(0, bytes - headBytes), headBytes),
  };
}

/** Pyodide asks Node for constants by a way that the permission model closes. */
function allowPyodide(): void {
  Object.assign(process, { binding: () => ({ fs: constants }) });
}
