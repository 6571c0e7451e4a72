import { createVfs, type Vfs } from "@vfs/core";
import { delayed } from "@vfs/conformance";
import { memory } from "@vfs/memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cache } from "../src/index.ts";

const path = fc.constantFrom("/a", "/b", "/d", "/d/a", "/d/b", "/d/e", "/d/e/a", "/l", "/l/a");
const one = fc.record({
  op: fc.constantFrom(
    "write",
    "append",
    "mkdir",
    "rm",
    "rename",
    "copy",
    "link",
    "symlink",
    "chmod",
    "handle",
  ),
  path,
  to: path,
  text: fc.string({ maxLength: 3 }),
  beside: fc.boolean(),
});
type Step = typeof one extends fc.Arbitrary<infer T> ? T : never;

async function act(vfs: Vfs, { op, path: at, to, text }: Step): Promise<void> {
  switch (op) {
    case "write":
      await vfs.writeFile(at, text);
      return;
    case "append":
      await vfs.appendFile(at, text);
      return;
    case "mkdir":
      await vfs.mkdir(at);
      return;
    case "rm":
      await vfs.rm(at, { recursive: true });
      return;
    case "rename":
      await vfs.rename(at, to);
      return;
    case "copy":
      await vfs.cp(at, to, { recursive: true });
      return;
    case "link":
      await vfs.link(at, to);
      return;
    case "symlink":
      await vfs.symlink(to, at);
      return;
    case "chmod":
      await vfs.chmod(at, 0o600 + text.length);
      return;
    default: {
      await using handle = await vfs.open(at, "r+");
      await handle.write(text, 0);
      if (text.length > 2) await vfs.rm(at);
      await handle.write(text, 1);
    }
  }
}

/** Everything that can be seen of the paths; twice, so that the second time a cache answers. */
async function seen(vfs: Vfs): Promise<unknown[]> {
  const looks: Promise<unknown>[] = [];
  for (const at of ["/", "/a", "/b", "/d", "/d/a", "/d/b", "/d/e", "/d/e/a", "/l", "/l/a"])
    looks.push(
      vfs.lstat(at).then(({ size, mode, nlink, ino, mtimeMs }) => [size, mode, nlink, ino, mtimeMs]),
      vfs.stat(at).then(({ ino }) => ino),
      vfs.readFile(at, "utf8"),
      vfs
        .readdir(at, { withFileTypes: true, stat: true })
        .then((all) => all.map(({ name, stat }) => [name, stat?.size])),
    );
  return (await Promise.allSettled(looks)).map((look) =>
    look.status === "fulfilled" ? look.value : (look.reason as { code: string }).code,
  );
}

async function agrees(steps: readonly Step[], late: boolean): Promise<void> {
  const store = late ? delayed(memory(), 3) : memory();
  const bare = createVfs(store, { keepOpen: true });
  const whole = createVfs(memory());
  await whole.mount("/m", store, { layers: [cache({ ttlMs: Infinity, maxBytes: 6000 })] });
  const cached = whole.view({ root: "/m" });
  for (const step of steps) {
    const looking = late ? seen(cached) : undefined;
    await act(step.beside ? bare : cached, step).catch(() => undefined);
    await looking;
    const expected = await seen(bare);
    expect(await seen(cached)).toEqual(expected);
    expect(await seen(cached)).toEqual(expected);
  }
  await whole.close();
}

describe("cache", () => {
  for (const late of [false, true])
    it(`sees what is there, whatever is done through it and beside it${late ? ", while others look" : ""}`, async () => {
      const steps = fc.array(one, { minLength: 1, maxLength: 25 });
      const property = fc.asyncProperty(steps, (all) => agrees(all, late));
      const { failed, counterexample } = await fc.check(property, { numRuns: late ? 30 : 150, seed: 7 });
      expect({ failed, counterexample }).toEqual({ failed: false, counterexample: null });
    });
});
