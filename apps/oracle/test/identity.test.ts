import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs, isVfsError, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { sqlite } from "@vfs/sqlite";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { byKernel, shape, type Outcome, type Step, type User } from "./as-user.ts";
import { BEFORE, randomStep, TABLE } from "./identity-steps.ts";

const USERS: readonly User[] = [
  { uid: 1000, gid: 1000, groups: [50] },
  { uid: 1001, gid: 50, groups: [] },
  { uid: 1002, gid: 1002, groups: [1000, 1003] },
];

/** Why the kernel cannot be asked here, if so. */
function obstacle(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "needs root on Linux to become users";
  const expected = { hardlinks: "1", symlinks: "0", regular: "0" };
  for (const [name, value] of Object.entries(expected))
    if (fs.readFileSync(`/proc/sys/fs/protected_${name}`, "utf8").trim() !== value)
      return `needs fs.protected_${name} = ${value}`;
  return undefined;
}

const STORES: Readonly<Record<string, () => Provider>> = {
  memory,
  sqlite: () => sqlite({ file: ":memory:" }),
};

/** A store and a directory of the kernel's, with everybody who works on both. */
class Pair {
  readonly base: string = fs.mkdtempSync(join(tmpdir(), "vfs-identity-"));
  readonly vfs: Vfs;
  readonly #views: readonly Vfs[];
  readonly #children: readonly ChildProcess[];

  constructor(provider: Provider) {
    fs.chmodSync(this.base, 0o755);
    this.vfs = createVfs(provider);
    this.#views = USERS.map((identity) => this.vfs.view({ identity }));
    this.#children = USERS.map((user) =>
      fork(join(import.meta.dirname, "as-user.ts"), [this.base, JSON.stringify(user)], { execArgv: [] }),
    );
  }

  async ready(): Promise<void> {
    await Promise.all(this.#children.map((child) => once(child, "message")));
  }

  /** Does a step on both sides, as a user or as root (-1). */
  async both(who: number, asked: Step): Promise<readonly [kernel: Outcome, store: Outcome]> {
    const step = inside(asked);
    const child = this.#children[who];
    const view = this.#views[who] ?? this.vfs;
    if (child === undefined) return [byKernel(this.base, step), await byStore(view, step)];
    child.send(step);
    const [[kernel], store] = await Promise.all([once(child, "message"), byStore(view, step)]);
    return [kernel as Outcome, store];
  }

  /** What is there on both sides, as root sees it. */
  async trees(): Promise<readonly [kernel: string[], store: string[]]> {
    const kernel = below(this.base).map((name) => {
      const path = join(this.base, name);
      const stat = fs.lstatSync(path);
      const text = stat.isSymbolicLink() ? fs.readlinkSync(path) : stat.isFile() ? fs.readFileSync(path) : "";
      return line(name, shape(stat), text);
    });
    const store = (await this.vfs.readdir("/", { recursive: true })).map(async (name) => {
      const stat = await this.vfs.lstat(`/${name}`);
      const reads = stat.isSymbolicLink()
        ? this.vfs.readlink(`/${name}`)
        : stat.isFile() && this.vfs.readFile(`/${name}`, "utf8");
      return line(name, shape(stat), (await reads) || "");
    });
    return [kernel.sort(), (await Promise.all(store)).sort()];
  }

  async empty(): Promise<void> {
    for (const name of fs.readdirSync(this.base)) fs.rmSync(join(this.base, name), { recursive: true });
    for (const name of await this.vfs.readdir("/")) await this.vfs.rm(`/${name}`, { recursive: true });
    fs.mkdirSync(this.base + WORK, { mode: 0o755 });
    await this.vfs.mkdir(WORK, { mode: 0o755 });
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    await this.vfs.close();
    fs.rmSync(this.base, { recursive: true, force: true });
  }
}

/** Node's own recursive `readdir` goes through links. */
function below(base: string, directory = ""): string[] {
  const names: string[] = [];
  for (const entry of fs.readdirSync(join(base, directory), { withFileTypes: true })) {
    const name = join(directory, entry.name);
    names.push(name);
    if (entry.isDirectory()) names.push(...below(base, name));
  }
  return names;
}

/** Where all steps work: a link to `..` in it leads to a directory of the test on both sides. */
const WORK = "/w";

function inside(step: Step): Step {
  const path = WORK + step.path;
  return "to" in step ? { ...step, path, to: WORK + step.to } : { ...step, path };
}

function line(name: string, [mode = 0, ...rest]: readonly number[], text: string | Uint8Array): string {
  return `${name} 0o${mode.toString(8)} ${rest.join(" ")} ${text.toString()}`;
}

async function byStore(vfs: Vfs, step: Step): Promise<Outcome> {
  try {
    return { value: (await perform(vfs, step)) ?? null };
  } catch (error) {
    if (isVfsError(error)) return { code: error.code };
    throw error;
  }
}

async function perform(vfs: Vfs, step: Step): Promise<unknown> {
  const { path } = step;
  switch (step.op) {
    case "mkdir":
      return void (await vfs.mkdir(path, { mode: step.mode }));
    case "writeFile":
      return vfs.writeFile(path, step.text, { mode: step.mode });
    case "readFile":
      return vfs.readFile(path, "utf8");
    case "readdir":
      return (await vfs.readdir(path)).sort();
    case "stat":
    case "lstat":
      return shape(await vfs[step.op](path));
    case "copyFile":
      return vfs.copyFile(path, step.to, 1);
    case "symlink":
      return vfs.symlink(step.target, path);
    case "chown":
    case "lchown":
      return vfs[step.op](path, step.uid, step.gid);
    case "utimes":
      return vfs.utimes(path, step.time, step.time);
    case "chmod":
    case "access":
      return vfs[step.op](path, step.mode);
    case "appendFile":
      return vfs.appendFile(path, step.text);
    case "truncate":
      return vfs.truncate(path, step.size);
    case "rename":
    case "link":
      return vfs[step.op](path, step.to);
    case "open":
      return onHandle(vfs, step);
    default:
      return vfs[step.op](path);
  }
}

async function onHandle(vfs: Vfs, { path, flags, doing: step }: Step & { op: "open" }): Promise<unknown> {
  await using handle = await vfs.open(path, flags, 0o666);
  switch (step.op) {
    case "nothing":
      return undefined;
    case "read":
      return await handle.readFile("utf8");
    case "write":
      return (await handle.write(step.text)).bytesWritten;
    case "truncate":
      return await handle.truncate(step.size);
    case "chmod":
      return await handle.chmod(step.mode);
    case "chown":
      return await handle.chown(step.uid, step.gid);
  }
}

const RUNS = Number(process.env["VFS_IDENTITY_RUNS"] ?? 40);

const why = obstacle();
for (const [store, make] of Object.entries(STORES))
  describe.skipIf(why !== undefined)(
    `identity › ${store} › as the kernel${why === undefined ? "" : ` (${why})`}`,
    () => {
      let pair: Pair;
      /** How often each result came up. */
      const counts = new Map<string, number>();
      beforeAll(async () => {
        pair = new Pair(make());
        await pair.ready();
      });
      afterAll(() => pair.close());

      async function play(steps: readonly (readonly [who: number, step: Step])[]): Promise<void> {
        await pair.empty();
        const done: string[] = [];
        for (const [who, step] of steps) {
          const [kernel, inStore] = await pair.both(who, step);
          const result = "code" in kernel ? kernel.code : "done";
          counts.set(result, (counts.get(result) ?? 0) + 1);
          done.push(
            `${who < 0 ? "root" : `uid ${USERS[who]?.uid}`} ${JSON.stringify(step)} ${JSON.stringify(kernel)}`,
          );
          // Of several things that are wrong, Node's copyFile tells another one: it has several steps.
          if (step.op === "copyFile" && "code" in kernel && "code" in inStore) continue;
          expect(inStore, `the last of\n${done.join("\n")}`).toEqual(kernel);
        }
        const [kernel, inStore] = await pair.trees();
        expect(inStore, `the tree after\n${done.join("\n")}`).toEqual(kernel);
      }

      it.for(Object.entries(TABLE))("%s", async ([, steps]) => {
        expect.hasAssertions();
        await play(steps);
      });

      it(`in ${RUNS} random programs`, { timeout: 600_000 }, async () => {
        const program = fc.array(
          fc.nat().map((seed) => randomStep(seed, USERS)),
          { minLength: 1, maxLength: 200, size: "max" },
        );
        const seed = Number(process.env["VFS_IDENTITY_SEED"] ?? Date.now() % 2 ** 31);
        counts.clear();
        await fc.assert(
          fc.asyncProperty(program, (steps) => play([...BEFORE, ...steps])),
          { numRuns: RUNS, seed },
        );
        // It has tried something.
        for (const result of ["done", "EACCES", "EPERM", "ENOENT", "EEXIST"])
          expect(counts.get(result) ?? 0, result).toBeGreaterThan(RUNS);
        console.log(`identity › ${store}: seed ${seed}, ${JSON.stringify(Object.fromEntries(counts))}`);
      });
    },
  );
