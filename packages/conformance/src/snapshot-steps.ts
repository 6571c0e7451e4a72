import type { Flags, Vfs } from "@vfs/core";

/** A tree with one of each. */
export async function plant(vfs: Vfs): Promise<void> {
  await vfs.mkdir("/d/e", { recursive: true });
  await vfs.mkdir("/bare", { mode: 0o700 });
  await vfs.writeFile("/d/e/f", "deep");
  await vfs.writeFile("/d/g", "g".repeat(100), { mode: 0o600 });
  await vfs.writeFile("/top", "top", { contentType: "text/plain", meta: { kind: "top" } });
  await vfs.writeFile("/empty", "");
  await vfs.link("/top", "/d/second");
  await vfs.symlink("d/e", "/sym");
  await vfs.utimes("/d/g", 1000, 2000);
  await vfs.chown("/d/g", 7, 8);
}

async function byHandle(
  vfs: Vfs,
  path: string,
  flags: Flags,
  action?: (handle: Awaited<ReturnType<Vfs["open"]>>) => Promise<unknown>,
): Promise<void> {
  const handle = await vfs.open(path, flags);
  await action?.(handle);
  await handle.close();
}

async function swap(vfs: Vfs, one: string, other: string): Promise<void> {
  await vfs.rename(one, "/aside");
  await vfs.rename(other, one);
  await vfs.rename("/aside", other);
}

/** Changes of every kind, each of what the one before it has left. Each makes the store another. */
export const STEPS: Readonly<Record<string, (vfs: Vfs) => Promise<unknown>>> = {
  "a write": (vfs) => vfs.writeFile("/top", "a new top"),
  "a shorter write": (vfs) => vfs.writeFile("/top", "t"),
  "a write of the same": (vfs) => vfs.writeFile("/d/g", "g".repeat(100)),
  "an append": (vfs) => vfs.appendFile("/d/e/f", " and more"),
  "a new file": (vfs) => vfs.writeFile("/d/new", "new"),
  "an append to nothing": (vfs) => vfs.appendFile("/d/added", "added"),
  "a write by a handle": (vfs) => byHandle(vfs, "/d/g", "r+", (handle) => handle.write("HANDLE", 2)),
  "an append by a handle": (vfs) => byHandle(vfs, "/d/g", "a", (handle) => handle.write("end")),
  "a truncate by a handle": (vfs) => byHandle(vfs, "/d/e/f", "r+", (handle) => handle.truncate(3)),
  "a chmod by a handle": (vfs) => byHandle(vfs, "/d/e/f", "r", (handle) => handle.chmod(0o640)),
  "an open that truncates": (vfs) => byHandle(vfs, "/d/added", "w"),
  "an open that creates": (vfs) => byHandle(vfs, "/d/opened", "a"),
  "a truncate": (vfs) => vfs.truncate("/d/g", 10),
  "a truncate to more": (vfs) => vfs.truncate("/d/g", 50),
  "a stream": (vfs) => vfs.writeStream("/d/g", ["from ", "a ", "stream"]),
  "a new stream": (vfs) => vfs.writeStream("/streamed", ["from ", "a ", "stream"]),
  "a rename": (vfs) => vfs.rename("/d/new", "/d/newer"),
  "a rename over another": (vfs) => vfs.rename("/d/newer", "/d/g"),
  "two names exchanged": (vfs) => swap(vfs, "/d/g", "/streamed"),
  "a directory renamed": (vfs) => vfs.rename("/d/e", "/moved"),
  "a write below it": (vfs) => vfs.appendFile("/moved/f", "moved"),
  "its directory moved": (vfs) => vfs.rename("/d", "/bare/d"),
  "a write below that": (vfs) => vfs.writeFile("/bare/d/second", "second"),
  "a directory renamed over another": async (vfs) => {
    await vfs.mkdir("/void");
    await vfs.rename("/bare/d", "/void");
  },
  "two directories exchanged": (vfs) => swap(vfs, "/void", "/moved"),
  "a removal": (vfs) => vfs.unlink("/empty"),
  "a file removed and made again": async (vfs) => {
    await vfs.unlink("/void/f");
    await vfs.writeFile("/void/f", "again");
  },
  "a file in the place of a directory": async (vfs) => {
    await vfs.rmdir("/bare");
    await vfs.writeFile("/bare", "a file");
  },
  "a new directory": (vfs) => vfs.mkdir("/new/er", { recursive: true }),
  "a directory removed": (vfs) => vfs.rmdir("/new/er"),
  "a mode": (vfs) => vfs.chmod("/top", 0o4711),
  "the mode of a directory": (vfs) => vfs.chmod("/moved", 0o1777),
  owners: (vfs) => vfs.chown("/moved/second", 11, 12),
  times: (vfs) => vfs.utimes("/moved/g", 3000, 4000),
  "the times of a directory": (vfs) => vfs.utimes("/moved", 5000, 6000),
  attributes: (vfs) => vfs.setMeta("/top", { contentType: "text/html", meta: { other: "one" } }),
  "the mode of the root": (vfs) => vfs.chmod("/", 0o711),
  "a link": (vfs) => vfs.symlink("nowhere", "/new/link"),
  "another link in its place": async (vfs) => {
    await vfs.unlink("/sym");
    await vfs.symlink("moved", "/sym");
  },
  "the times of a link": (vfs) => vfs.lutimes("/sym", 7000, 8000),
  "one more name": (vfs) => vfs.link("/moved/g", "/new/g"),
  "a write by one of two names": (vfs) => vfs.appendFile("/new/g", "by another name"),
  "a name less": (vfs) => vfs.unlink("/moved/g"),
  "a name moved over another": (vfs) => vfs.rename("/new/g", "/top"),
  "a copy": (vfs) => vfs.copyFile("/void/f", "/copied"),
  "a copy over another": (vfs) => vfs.copyFile("/top", "/copied"),
  "a copy of a tree": (vfs) => vfs.cp("/moved", "/tree", { recursive: true }),
  "a write to the copy": (vfs) => vfs.appendFile("/tree/second", "copy"),
  "a write to the original": (vfs) => vfs.appendFile("/moved/second", "original"),
  "a tree removed": (vfs) => vfs.rm("/moved", { recursive: true }),
  "a tree made again": async (vfs) => {
    await vfs.mkdir("/moved/e", { recursive: true });
    await vfs.writeFile("/moved/e/f", "made again");
  },
  "a tree within another removed": (vfs) => vfs.rm("/moved/e", { recursive: true }),
  "all removed": async (vfs) => {
    for (const name of await vfs.readdir("/")) await vfs.rm(`/${name}`, { recursive: true });
  },
};
