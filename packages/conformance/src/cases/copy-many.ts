import type { Layer, Vfs } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { below, bytes } from "../samples.ts";

/** Writes down what passes; `passesMany` as is told. */
function recorder(passesMany: boolean, ops: string[]): Layer {
  const handle: Layer["handle"] = (call, next) => {
    ops.push(call.op);
    return next(call as never);
  };
  return { name: "record", slot: "trace", passesMany, handle };
}

const ODD = "it's $(odd) - *";

/** A tree of everything that a store can keep. */
async function plant(vfs: Vfs, root: string): Promise<void> {
  const { symlinks, modes, times } = vfs.capabilities(root);
  await vfs.mkdir(`${root}/a/b`, { recursive: true });
  await vfs.mkdir(`${root}/empty`);
  await vfs.writeFile(`${root}/a/text`, "text");
  await vfs.writeFile(`${root}/a/b/small`, bytes(3000, 1));
  await vfs.writeFile(`${root}/a/large`, bytes(1_100_000, 2));
  await vfs.writeFile(`${root}/${ODD}`, "odd");
  await vfs.writeFile(`${root}/nothing`, "");
  await vfs.writeFile(`${root}/named`, "named");
  if (symlinks) {
    await vfs.symlink("a/text", `${root}/link`);
    await vfs.symlink("../../away", `${root}/a/up`);
    await vfs.symlink("/nowhere", `${root}/a/b/absolute`);
  }
  if (modes) {
    await vfs.chmod(`${root}/a/text`, 0o640);
    await vfs.chmod(`${root}/nothing`, 0o400);
    await vfs.chmod(`${root}/a/b`, 0o711);
  }
  if (times === "none") return;
  const stamped = ["a/text", "a/b/small", "a/large", "named", "a/b", "empty", "a"];
  for (const [i, name] of stamped.entries()) await vfs.utimes(`${root}/${name}`, 1000 + i, 2000.5 + i);
}

/** What a copy is to keep of a tree. */
async function picture(vfs: Vfs, root: string, withTimes: boolean): Promise<Record<string, unknown>> {
  const { modes, times } = vfs.capabilities(root);
  const seen: Record<string, unknown> = {};
  for (const entry of await vfs.readdir(root, { recursive: true, withFileTypes: true, stat: true })) {
    const { path, type, stat } = entry;
    check(stat !== undefined, `a stat of ${path}`);
    seen[path.slice(root.length + 1)] = {
      type,
      nlink: type === "directory" ? undefined : stat.nlink,
      // A link has bits and times of its own in some stores.
      mode: modes && type !== "symlink" ? stat.mode : undefined,
      mtimeMs: withTimes && times !== "none" && type !== "symlink" ? stat.mtimeMs : undefined,
      target: type === "symlink" ? await vfs.readlink(path) : undefined,
      content: type === "file" ? await vfs.readFile(path) : undefined,
    };
  }
  return seen;
}

/** What is in the way of {@link plant}: all of it gives way. */
async function obstruct(vfs: Vfs, root: string): Promise<void> {
  const { symlinks, modes, links, times } = vfs.capabilities(root);
  await vfs.mkdir(`${root}/a/b`, { recursive: true });
  await vfs.writeFile(`${root}/a/text`, "longer than what comes");
  await vfs.writeFile(`${root}/a/b/other`, "stays");
  if (times !== "none") await vfs.utimes(`${root}/a/b/other`, 3000, 3000);
  if (modes) {
    await vfs.chmod(`${root}/a/text`, 0o600);
    await vfs.chmod(`${root}/a/b`, 0o700);
  }
  if (symlinks) {
    await vfs.symlink("a/b/other", `${root}/nothing`);
    await vfs.writeFile(`${root}/link`, "a file where a link comes");
    await vfs.symlink("old", `${root}/a/up`);
  }
  if (!links) return;
  await vfs.writeFile(`${root}/named`, "one file");
  await vfs.link(`${root}/named`, `${root}/a/name`);
}

export const copiesOfMany: Case[] = group("cp of a tree to another mount", {
  "is the same whether the store takes many things at once or each by itself": {
    needs: canWrite,
    run: async ({ vfs, mountAnother }) => {
      const many: string[] = [];
      const single: string[] = [];
      await mountAnother("/many", { layers: [recorder(true, many)] });
      await mountAnother("/single", { layers: [recorder(false, single)] });
      await plant(vfs, "/t");
      for (const preserveTimestamps of [true, false]) {
        const name = preserveTimestamps ? "t" : "made/on/the/way/t";
        many.length = 0;
        single.length = 0;
        await vfs.cp("/t", `/many/${name}`, { recursive: true, preserveTimestamps });
        check(!many.includes("writeMany") || !many.includes("write"), "what went together went alone too");
        await vfs.cp("/t", `/single/${name}`, { recursive: true, preserveTimestamps });
        check(!single.includes("writeMany"), "who must see each file was sent many");
        const expected = await picture(vfs, `/single/${name}`, preserveTimestamps);
        if (preserveTimestamps) same(expected, await picture(vfs, "/t", true), "each by itself");
        same(await picture(vfs, `/many/${name}`, preserveTimestamps), expected, "many at once");
      }
    },
  },
  "gives way, or not, to the same things": {
    needs: canWrite,
    run: async ({ vfs, caps, mountAnother }) => {
      await mountAnother("/many", { layers: [recorder(true, [])] });
      await mountAnother("/single", { layers: [recorder(false, [])] });
      await plant(vfs, "/t");
      for (const root of ["/many/t", "/single/t"]) await obstruct(vfs, root);
      for (const root of ["/many/t", "/single/t"])
        await vfs.cp("/t", root, { recursive: true, preserveTimestamps: true });
      const found = await picture(vfs, "/single/t", true);
      same(await picture(vfs, "/many/t", true), found, "many at once");
      same(await vfs.readFile("/many/t/a/text", "utf8"), "text", "a file that was there");
      same(await vfs.readFile("/many/t/a/b/other", "utf8"), "stays", "a file that nothing came for");
      if (caps.links) same(await vfs.readFile("/many/t/a/name", "utf8"), "named", "another name of a file");
    },
  },
  "tells what is in the way by its path": {
    needs: canWrite,
    run: async ({ vfs, mountAnother }) => {
      await mountAnother("/m");
      await vfs.mkdir("/t/d/e", { recursive: true });
      await vfs.writeFile("/t/d/f", "f");
      await vfs.mkdir("/m/one/d/f", { recursive: true });
      const onto = await fails("EISDIR", () => vfs.cp("/t", "/m/one", { recursive: true }), "a file");
      same(onto.dest ?? onto.path, "/m/one/d/f", "path of a file");
      await vfs.mkdir("/m/two/d", { recursive: true });
      await vfs.writeFile("/m/two/d/e", "e");
      const into = await fails("ENOTDIR", () => vfs.cp("/t", "/m/two", { recursive: true }), "a directory");
      same(into.dest ?? into.path, "/m/two/d/e", "path of a directory");
      same(await vfs.readFile("/m/two/d/e", "utf8"), "e", "what was in the way");
    },
  },
  "heeds its filter, tells how far it is, and stops when it is told to": {
    needs: canWrite,
    run: async ({ vfs, mountAnother }) => {
      await mountAnother("/m");
      await vfs.mkdir("/t/d", { recursive: true });
      for (const name of ["one", "two", "d/three", "d/four"]) await vfs.writeFile(`/t/${name}`, bytes(100));
      const told: (readonly [number, number | undefined])[] = [];
      await vfs.cp("/t", "/m/some", {
        recursive: true,
        filter: (source) => !source.endsWith("o"),
        onProgress: (done, total) => void told.push([done, total]),
      });
      same(await below(vfs, "/m/some"), ["d", "d/four", "d/three", "one"], "what was let through");
      same(
        told,
        [1, 2, 3].map((count) => [count * 100, 400] as const),
        "progress",
      );
      const stop = new AbortController();
      const reason = new Error("enough");
      const stopped = vfs.cp("/t", "/m/none", {
        recursive: true,
        signal: stop.signal,
        filter: (source) => {
          if (source.endsWith("one") || source.endsWith("two")) stop.abort(reason);
          return true;
        },
      });
      same(await stopped.catch((error: unknown) => error), reason, "what it fails with");
    },
  },
});
