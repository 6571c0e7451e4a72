import { capsOf, runNamed } from "./conformance.ts";
import * as shell from "./shell.ts";

/** What the page can call in its worker. */
const calls = { ...shell, capsOf, runNamed };

export type WorkerCalls = typeof calls;

export interface Asked {
  readonly number: number;
  readonly name: keyof WorkerCalls;
  readonly args: readonly unknown[];
}

globalThis.addEventListener("message", (event: MessageEvent<Asked>) => {
  const { number, name, args } = event.data;
  const call = calls[name] as (...all: readonly unknown[]) => Promise<unknown>;
  void call(...args).then(
    (value) => globalThis.postMessage({ number, value }),
    (error: Error) => globalThis.postMessage({ number, error: error.stack ?? error.message }),
  );
});
globalThis.postMessage("ready");
