import { closeRealm } from "../../src/browser/guest/close-realm.ts";

// Answers which of some expressions can still be evaluated once the worker's names are gone.

const post = globalThis.postMessage.bind(globalThis);
globalThis.addEventListener("message", ({ data }: MessageEvent<readonly string[]>) => {
  const reachable = (): string[] =>
    data.filter((expression) => {
      try {
        // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- what code that got through the seal would do
        return new Function(`return ${expression}`)() !== undefined;
      } catch {
        return false;
      }
    });
  const before = reachable();
  closeRealm();
  post({ before, after: reachable() });
});
