import { createVfs, type Layer, type Provider, type WriteOptions } from "@vfs/core";
import { expect, it } from "vitest";
import { memory } from "../src/index.ts";

/** Notes what a write answers when it comes by. */
function noting(seen: unknown[]): Layer {
  return {
    name: "noting",
    slot: "trace",
    handle: (call, next) => {
      const answer = next(call);
      if (call.op === "write") seen.push(answer);
      return answer;
    },
  };
}

/** A store that notes whether somebody looks at what its writes answer. */
function asked(unseen: unknown[]): Provider {
  const store = memory();
  const write = store.write?.bind(store);
  store.write = (path, data, options: WriteOptions, ctx) => {
    unseen.push(options.unseen);
    return write!(path, data, options, ctx);
  };
  return store;
}

it("writeFile › wants no answer of the store, unless a layer is there to see it", async () => {
  const [unseen, seen]: [unknown[], unknown[]] = [[], []];
  const whole = { type: "file", size: 1, mode: 0o644, etag: expect.any(String) as string };
  const vfs = createVfs(asked(unseen));
  await vfs.writeFile("/a", "x");
  await vfs.writeFile("/a", "x", { mode: 0o600 });
  expect(unseen.splice(0)).toEqual([true, true]);
  await vfs.mount("/m", asked(unseen), { layers: [noting(seen)] });
  await vfs.writeFile("/m/a", "x");
  const inside = createVfs(asked(unseen), { layers: [noting(seen)] });
  await inside.writeFile("/a", "x");
  expect(unseen).toEqual([false, false]);
  expect(seen).toMatchObject([whole, whole]);
  await vfs.unmount("/m");
  await vfs.writeFile("/a", "x");
  expect(unseen.at(-1)).toBe(true);
});
