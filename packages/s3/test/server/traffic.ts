import type { ServerResponse } from "node:http";

/** How the network between client and server is. */
export interface Traffic {
  /** How long a request is on its way before anything happens. */
  latencyMs: number;
  /** How much a connection carries, in each direction; as much as it can unless told. */
  bytesPerSecond: number;
}

export function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}

const SLICE_BYTES = 64 << 10;

/** Sends a body no faster than the connection carries. */
export async function send(
  response: ServerResponse,
  body: Uint8Array,
  { bytesPerSecond }: Traffic,
): Promise<void> {
  if (!Number.isFinite(bytesPerSecond)) {
    response.end(body);
    return;
  }
  const begunMs = performance.now();
  for (let at = 0; at < body.length && !response.destroyed; at += SLICE_BYTES) {
    const slice = body.subarray(at, at + SLICE_BYTES);
    if (!response.write(slice)) await drained(response);
    await pause(begunMs + ((at + slice.length) / bytesPerSecond) * 1000 - performance.now());
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      response.off("drain", end).off("close", end);
      resolve();
    };
    response.on("drain", end).on("close", end);
  });
}
