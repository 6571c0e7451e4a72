import { execFile, execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { entriesOf, published, ROOT, type Manifest } from "../src/packages.ts";

const run = promisify(execFile);
const BIN = join(ROOT, "node_modules", ".bin");
// The project's own Node, and what is installed with it, as `npm test` has it.
const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env["PATH"] ?? ""}` };
const shell = process.platform === "win32";

// The Node of the user: this one, or another one that the workflow names.
const USER_NODE = process.env["VFS_USER_NODE"] ?? process.execPath;

const packages = published();
const entries = packages.flatMap(entriesOf);
// What it takes for a store, with core: these and nothing else.
const STORES: Readonly<Record<string, readonly string[]>> = {
  memory: [],
  local: [],
  browser: [],
  sqlite: ["better-sqlite3"],
  s3: ["@aws-sdk/client-s3", "@smithy/signature-v4", "undici"],
  e2b: ["e2b"],
};

const folder = realpathSync(mkdtempSync(join(tmpdir(), "vfs-packed-")));
const user = join(folder, "user");
const archives: Record<string, string> = {};

const read = (path: string): Manifest => JSON.parse(readFileSync(path, "utf8")) as Manifest;
const only = (store: string): string => join(user, `only-${store}`);
const everything = join(user, "everything");

function write(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value, null, 2));
}

/** Packages of others, from where the workspace has them: nothing is fetched. */
function others(): Record<string, string> {
  const links: Record<string, string> = {
    "@types/node": `link:${join(ROOT, "node_modules", "@types", "node")}`,
  };
  for (const { folder: home, manifest } of packages)
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }))
      if (!name.startsWith("@vfs/")) links[name] = `link:${join(home, "node_modules", name)}`;
  return links;
}

beforeAll(async () => {
  const packed = await run("pnpm", ["--recursive", "pack", "--pack-destination", join(folder, "archives")], {
    cwd: ROOT,
    env,
    shell,
  });
  for (const { manifest } of packages) {
    const { name, version } = manifest;
    const file = `${name.slice(1).replace("/", "-")}-${version}.tgz`;
    if (!existsSync(join(folder, "archives", file))) throw new Error(`no ${file}:\n${packed.stdout}`);
    archives[name] = `file:${join(folder, "archives", file)}`;
  }
  const links = others();
  const overrides = { ...links, ...archives };
  write(join(user, "pnpm-workspace.yaml"), {
    packages: ["*"],
    overrides,
    sharedWorkspaceLockfile: true,
    pmOnFail: "ignore",
  });
  write(join(user, "package.json"), { name: "user", private: true });
  write(join(everything, "package.json"), { name: "everything", type: "module", dependencies: overrides });
  for (const store of Object.keys(STORES)) {
    const dependencies = Object.fromEntries(
      ["core", store].map((name) => [`@vfs/${name}`, archives[`@vfs/${name}`]]),
    );
    write(join(only(store), "package.json"), { name: `only-${store}`, dependencies });
  }
  await run("pnpm", ["install", "--offline", "--ignore-scripts"], { cwd: user, env, shell });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every package that a folder can reach, by what is installed. */
function reach(from: string): string[] {
  const seen = new Map<string, string>();
  const visit = (name: string, home: string, optional = false): void => {
    if (seen.has(name)) return;
    let at = home;
    while (!existsSync(join(at, "node_modules", name, "package.json"))) {
      if (dirname(at) === at) {
        if (optional) return;
        throw new Error(`${name} is not installed for ${home}`);
      }
      at = dirname(at);
    }
    const found = realpathSync(join(at, "node_modules", name));
    seen.set(name, found);
    if (!name.startsWith("@vfs/")) return; // what others bring is theirs
    const { dependencies, peerDependencies, peerDependenciesMeta } = read(join(found, "package.json"));
    for (const each of Object.keys({ ...dependencies, ...peerDependencies }))
      visit(each, found, peerDependenciesMeta?.[each]?.optional);
  };
  for (const name of Object.keys(read(join(from, "package.json")).dependencies ?? {})) visit(name, from);
  return [...seen.keys()].sort();
}

/** Runs a program of the user, and answers what it printed. */
async function runs(file: string, code: string): Promise<string> {
  write(join(everything, file), code);
  const { stdout } = await run(USER_NODE, [file], { cwd: everything, env });
  return stdout;
}

describe("a packed package", () => {
  for (const { manifest } of packages)
    it(`${manifest.name} › has what it names, and nothing that is not for its user`, () => {
      const home = join(everything, "node_modules", manifest.name);
      const targets = Object.values(manifest.exports ?? {}).flatMap((target) =>
        typeof target === "string" ? [target] : Object.values(target),
      );
      for (const path of [...targets, ...Object.values(manifest.bin ?? {}), "LICENSE", "README.md"])
        expect(existsSync(join(home, path)), path).toBe(true);
      expect(
        readdirSync(home).filter((name) => ["test", "tsconfig.json", "turbo.json"].includes(name)),
      ).toEqual([]);
      // Ranges of the workspace have become ranges of npm.
      expect(JSON.stringify(read(join(home, "package.json")).dependencies ?? {})).not.toContain("workspace:");
      for (const [, link = ""] of readFileSync(join(home, "README.md"), "utf8").matchAll(
        /\]\((?:\.\/)?([A-Z]+\.md)/g,
      ))
        expect(existsSync(join(home, link)), `${link} of the README`).toBe(true);
    });
});

describe("core and a store", () => {
  for (const [store, foreign] of Object.entries(STORES))
    it(`${store} › brings nothing of the others`, () => {
      expect(reach(only(store))).toEqual([...foreign, "@vfs/core", `@vfs/${store}`].sort());
    });

  it("is installed by npm too, and is all that comes", () => {
    const home = join(folder, "npm");
    write(join(home, "package.json"), { name: "npm-user", private: true });
    const files = ["core", "memory"].map((name) => archives[`@vfs/${name}`] ?? "");
    const options = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
    execFileSync("npm", ["install", ...options, ...files], { cwd: home, shell, env, stdio: "pipe" });
    const installed = readdirSync(join(home, "node_modules")).filter((name) => !name.startsWith("."));
    expect(installed).toEqual(["@vfs"]);
    expect(readdirSync(join(home, "node_modules", "@vfs")).sort()).toEqual(["core", "memory"]);
    const code = `
      import { createVfs } from "@vfs/core";
      import { memory } from "@vfs/memory";
      const vfs = createVfs(memory());
      await vfs.writeFile("/a", "Hello");
      console.log(await vfs.readFile("/a", "utf8"));`;
    const args = ["--input-type=module", "--eval", code];
    expect(execFileSync(USER_NODE, args, { cwd: home, encoding: "utf8" })).toBe("Hello\n");
  });
});

/** What does its work as soon as it is loaded: the command, and what runs in the worker of a page. */
const RUN_AT_ONCE: ReadonlySet<string> = new Set(["@vfs/cli", "@vfs/sandbox/worker"]);

describe("installed", () => {
  it("every way in can be imported and required, and both give the same", async () => {
    const shown = `console.log(JSON.stringify(all.map(([name, module]) => [name, Object.keys(module).filter((key) => key !== "__esModule" && key !== "module.exports").sort()])));`;
    const list = JSON.stringify(entries.filter((entry) => !RUN_AT_ONCE.has(entry)));
    const imported = await runs(
      "import.js",
      `const all = await Promise.all(${list}.map(async (name) => [name, await import(name)]));\n${shown}`,
    );
    const required = await runs(
      "require.cjs",
      `const all = ${list}.map((name) => [name, require(name)]);\n${shown}`,
    );
    expect(JSON.parse(required)).toEqual(JSON.parse(imported));
    const exported = new Map(JSON.parse(imported) as [string, string[]][]);
    for (const [name, keys] of exported) expect(keys.length, name).toBeGreaterThan(0);
    for (const store of Object.keys(STORES).filter((name) => name !== "browser"))
      expect(exported.get(`@vfs/${store}`)).toContain(store);
  });

  it("stores, layers, snapshots and untrusted Python work together", async () => {
    const code = `
      import { createVfs } from "@vfs/core";
      import { local } from "@vfs/local";
      import { memory } from "@vfs/memory";
      import { createSession, python } from "@vfs/sandbox";
      import { secure } from "@vfs/security";
      import { snapshots } from "@vfs/snapshot";
      import { sqlite } from "@vfs/sqlite";
      import { apply } from "@vfs/template";
      const vfs = createVfs(memory(), { layers: [secure("default", { allowedPaths: ["/"] })] });
      await vfs.mount("/db", sqlite({ file: "files.db" }));
      await vfs.mount("/here", local({ root: "." }), { readOnly: true });
      await apply(vfs, { files: [{ path: "/note.txt", content: "Hello" }] }, { target: "/db" });
      const states = snapshots(vfs, { store: memory(), scope: "/db" });
      await states.create("before");
      const session = await createSession({ vfs, engine: python() });
      await session.execute("open('/data/db/note.txt', 'a').write(', Ada')");
      await session.close();
      console.log(await vfs.readFile("/db/note.txt", "utf8"), await vfs.exists("/here/package.json"));
      await states.restore("before");
      console.log(await vfs.readFile("/db/note.txt", "utf8"));
      await vfs.close();`;
    expect(await runs("together.js", code)).toBe("Hello, Ada true\nHello\n");
  });

  it("the kit passes, by Node's own test runner", async () => {
    const code = `
      import { describe, it } from "node:test";
      import { conform, skippedFor } from "@vfs/conformance";
      import { memory } from "@vfs/memory";
      const { caps } = memory();
      describe("memory", () => conform(it, { make: memory, caps, skips: { "is none of its": skippedFor(caps) } }));`;
    const told = await runs("kit.js", code);
    expect(told).toMatch(/fail 0\n/);
    expect(Number(/pass (\d+)/.exec(told)?.[1])).toBeGreaterThan(200);
  });

  it("the command runs", async () => {
    const { bin } = read(join(everything, "node_modules", "@vfs", "cli", "package.json"));
    const command = join(everything, "node_modules", "@vfs", "cli", bin?.["vfs"] ?? "");
    write(join(everything, "files", "a.txt"), "Hello");
    const vfs = (...args: string[]) => run(USER_NODE, [command, ...args], { cwd: everything, env });
    await vfs("cp", "-r", "file:./files", "sqlite:./copy.db:/files");
    expect((await vfs("cat", "sqlite:./copy.db:/files/a.txt")).stdout).toBe("Hello");
    expect(existsSync(join(everything, "node_modules", ".bin", shell ? "vfs.CMD" : "vfs"))).toBe(true);
  });

  // A fault on purpose in each shows that the types are there, and are not \`any\`.
  const USE = `
    import { createVfs, isVfsError, type Vfs } from "@vfs/core";
    import { memory } from "@vfs/memory";
    // EVERY
    const vfs: Vfs = createVfs(memory());
    export const text: Promise<string> = vfs.readFile("/a", "utf8");
    export const bytes: Promise<Uint8Array> = vfs.readFile("/a");
    export const now: string = vfs.sync.readFile("/a", "utf8");
    export const code = (error: unknown): boolean => isVfsError(error, "ENOENT");
    // @ts-expect-error: there is no such verb
    vfs.readFiles("/a");
    // @ts-expect-error: there is no such code
    isVfsError(0, "ENOFILE");
  `;
  for (const module of ["nodenext", "bundler"])
    it(`TypeScript finds every declaration with "${module}"`, async () => {
      const every = entries
        .filter((entry) => entry !== "@vfs/cli")
        .map(
          (entry, i) => `import * as every${i} from "${entry}"; export type Every${i} = typeof every${i};`,
        );
      const code = USE.replace("// EVERY", every.join("\n"));
      const files = module === "nodenext" ? ["use.ts", "use.cts"] : ["use.ts"];
      for (const file of files) write(join(everything, module, file), code);
      write(join(everything, module, "tsconfig.json"), {
        compilerOptions: {
          module: module === "nodenext" ? "nodenext" : "esnext",
          moduleResolution: module,
          target: "es2024",
          lib: ["ES2024", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
          types: ["node"],
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          skipLibCheck: true,
        },
        files,
      });
      const result = await run(join(BIN, "tsc"), ["-p", join(everything, module)], { env, shell }).catch(
        (error: unknown) => error as { stdout: string },
      );
      expect(result.stdout).toBe("");
    });

  it("Vite builds what runs in a browser, with nothing of Node in it", async () => {
    write(
      join(everything, "page.js"),
      `
      import { createVfs } from "@vfs/core";
      import { directory, indexeddb, opfs } from "@vfs/browser";
      import { memory } from "@vfs/memory";
      import { secure } from "@vfs/security";
      import { snapshots } from "@vfs/snapshot";
      export const stores = [directory, indexeddb, opfs];
      const vfs = createVfs(memory(), { layers: [secure("default")] });
      const states = snapshots(vfs, { store: memory() });
      await vfs.writeFile("/a", "one");
      await states.create("first");
      await vfs.writeFile("/a", "two");
      await states.restore("first");
      console.log(await vfs.readFile("/a", "utf8"));`,
    );
    const warnings: string[] = [];
    await build({
      root: everything,
      configFile: false,
      logLevel: "silent",
      build: {
        target: "es2024",
        outDir: "built",
        lib: { entry: "page.js", formats: ["es"], fileName: "page" },
        rolldownOptions: { onwarn: (warning) => warnings.push(warning.message) },
      },
    });
    expect(warnings).toEqual([]);
    const files = readdirSync(join(everything, "built")).filter((name) => name.endsWith(".js"));
    for (const file of files)
      expect(readFileSync(join(everything, "built", file), "utf8")).not.toMatch(
        /(from|import\(|require\()\s*["'`]node:/,
      );
    const { stdout } = await run(USER_NODE, [join("built", files[0] ?? "")], { cwd: everything, env });
    expect(stdout).toBe("one\n");
  });
});
