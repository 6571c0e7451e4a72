import type { WorkerCalls } from "./worker.ts";

let started: Promise<Worker> | undefined;
let last = 0;

/** Calls something in a dedicated worker of this page. */
export async function inWorker<K extends keyof WorkerCalls>(
  name: K,
  ...args: Parameters<WorkerCalls[K]>
): Promise<Awaited<ReturnType<WorkerCalls[K]>>> {
  const worker = await (started ??= start());
  const number = ++last;
  const answer: unknown = await new Promise((resolve, reject) => {
    const answered = ({ data }: MessageEvent): void => {
      if (data.number !== number) return;
      worker.removeEventListener("message", answered);
      if ("error" in data) reject(new Error(data.error));
      else resolve(data.value);
    };
    worker.addEventListener("message", answered);
    worker.postMessage({ number, name, args });
  });
  return answer as Awaited<ReturnType<WorkerCalls[K]>>;
}

function start(): Promise<Worker> {
  const worker = new Worker("/worker.js", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.addEventListener("message", () => resolve(worker), { once: true });
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
  });
}
