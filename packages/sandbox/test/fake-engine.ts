import type { Engine, Guest } from "../src/index.ts";

/** An engine that starts and runs nothing: for what is about sessions and not about languages. */
export class FakeEngine implements Engine {
  readonly name = "fake";
  starts = 0;
  /** Interpreters that were started and not ended. */
  alive = 0;

  async start(): Promise<Guest> {
    this.starts++;
    this.alive++;
    let isAlive = true;
    return {
      run: ({ code }) => Promise.resolve({ value: code, truncated: false, peakMemoryBytes: 1 }),
      interrupt: () => undefined,
      kill: () => {
        if (isAlive) this.alive--;
        isAlive = false;
        return Promise.resolve();
      },
    };
  }
}
