import { createVfs, type Vfs } from "@vfs/core";
import { afterAll, describe, expect, it } from "vitest";
import { E2bServer } from "./server/server.ts";
import { Stores } from "./stores.ts";

const server = await E2bServer.start();
afterAll(() => server.close());
const stores = await Stores.on(server.url);

function fresh(): Vfs {
  return createVfs(stores.make());
}

describe("e2b › at once", () => {
  it("100 writes at once › are all there, with no name of an unfinished file ever seen", async () => {
    await using vfs = fresh();
    const done = new AbortController();
    const seen = new Set<string>();
    const looking = (async () => {
      while (!done.signal.aborted) for (const name of await vfs.readdir("/")) seen.add(name);
    })();
    const writes = Array.from({ length: 100 }, (_, i) => vfs.writeFile(`/f${i % 50}`, `content ${i}`));
    await Promise.all(writes);
    done.abort();
    await looking;
    expect([...seen].filter((name) => !/^f\d+$/.test(name))).toEqual([]);
    const names = await vfs.readdir("/");
    expect(names.length).toBe(50);
    expect(await vfs.readFile("/f7", "utf8")).toMatch(/^content (7|57)$/);
  });

  it("a new file that many open at once › is there for all, or with x for one", async () => {
    await using vfs = fresh();
    for (let round = 0; round < 3; round++)
      for (const [flags, winners] of [
        ["a", 12],
        ["wx", 1],
      ] as const) {
        const opening = Array.from({ length: 12 }, () => vfs.open(`/${flags}-${round}`, flags));
        const opened = await Promise.allSettled(opening);
        for (const one of opened) if (one.status === "fulfilled") await one.value.close();
        const refused = opened.flatMap((one) =>
          one.status === "rejected" ? [(one.reason as { code: string }).code] : [],
        );
        expect(refused, flags).toEqual(Array(12 - winners).fill("EEXIST"));
      }
  });

  it("appends at once › are all there, each in one piece", async () => {
    await using vfs = fresh();
    const pieces = Array.from({ length: 8 }, (_, i) => String(i).repeat(i % 2 === 0 ? 3000 : 50_000));
    await Promise.all(pieces.map((piece) => vfs.appendFile("/log", `${piece}\n`)));
    const lines = (await vfs.readFile("/log", "utf8")).trimEnd().split("\n");
    expect(lines.sort()).toEqual([...pieces].sort());
  });
});
