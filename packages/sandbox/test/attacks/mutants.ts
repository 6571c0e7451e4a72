import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { ATTACKS } from "./all-python.ts";
import type { Guard } from "./attack.ts";
import { JAVASCRIPT_ATTACKS, SHELL_ATTACKS } from "./engines.ts";

// Takes each guard away, alone, in a copy of this package in which what else would stop the same attacks is away already:
// with the guard no attack that names it gets out, and without it each of them does. Those on the host's side of the
// channel are tried by the tests of guests that were taken over. `pnpm mutants [guard]` runs it.

/** A place in the source, and what stands there afterwards. */
type Patch = readonly [file: string, from: string, to: string];

const noPermissionModel: Patch = [
  "src/spawn-guest.ts",
  'const flags = ["--permission", ...readable.map((path) => `--allow-fs-read=${path}`)];',
  "const flags: string[] = []; void readable;",
];
const fullEnvironment: Patch = ["src/spawn-guest.ts", "    env: {},", "    env: process.env,"];
const openSeal: Patch = ["src/python/guest/seal.ts", "    this.#closed = true;", ""];
// A guest that waits for its host lets nothing happen that was only begun.
const turningLoop: Patch = [
  "src/python/guest/main.ts",
  "  for (;;) {",
  "  for (;;) {\n    await new Promise((go) => setTimeout(go, 300));",
];
const shownBridge: readonly Patch[] = [
  ["src/python/guest/driver.ts", "            sys.modules[name] = None\n", "            pass\n"],
  ["src/python/guest/driver.ts", "    sys.meta_path[:] = [f for", "    [f for"],
];
const allowing = (names: string): Patch => [
  "src/python/guest/seal.ts",
  "__syscall_getuid32_js __syscall_umask_js`",
  `__syscall_getuid32_js __syscall_umask_js ${names}\``,
];

const PLAIN_NODE = `await (async (code) => {
      const module = process.getBuiltinModule("module");
      const require = module.createRequire("/");
      Object.assign(globalThis, { require, fs: require("fs"), module: new module("x") });
      console.log = (...values) => send(["out", 1], Buffer.from(values.join(" ") + "\\n"));
      try { await (0, eval)("(async () => {" + code + "\\n})()"); } catch (error) { console.log(error.message); }
      await new Promise((go) => setTimeout(go, 300));
      return { truncated: false, peakMemoryBytes: 0 };
    })(next[1].code)`;

interface Mutant {
  /** What else is in the way, and is away in both copies. */
  readonly base: readonly Patch[];
  readonly without: readonly Patch[];
}

const MUTANTS: Readonly<Record<Guard, Mutant>> = {
  seal: { base: [noPermissionModel], without: [openSeal] },
  "seal: processes": {
    base: [noPermissionModel, allowing("_dlsym_js")],
    without: [
      ["src/python/guest/seal.ts", "  _emscripten_system: ENOSYS,\n", ""],
      [
        "src/python/guest/seal.ts",
        "if (ALLOWED.has(name))",
        'if (ALLOWED.has(name) || name === "_emscripten_system")',
      ],
    ],
  },
  "seal: sockets": {
    base: [noPermissionModel, turningLoop],
    without: [
      [
        "src/python/guest/seal.ts",
        "if (ALLOWED.has(name))",
        "if (ALLOWED.has(name) || SOCKET_CALL.test(name) || /^_maybe_.*async|^getaddrinfo/.test(name))",
      ],
    ],
  },
  "hidden bridge": {
    base: [noPermissionModel, fullEnvironment, turningLoop, openSeal],
    without: shownBridge,
  },
  "permission model": { base: [openSeal], without: [noPermissionModel] },
  "no SQLite of Node": {
    base: [openSeal],
    without: [["src/spawn-guest.ts", ' "--no-experimental-sqlite",', ""]],
  },
  "empty environment": {
    base: [openSeal, noPermissionModel],
    without: [fullEnvironment],
  },
  "own file tree": {
    base: [noPermissionModel],
    without: [
      [
        "src/python/guest/interpreter.ts",
        "    this.#files.mount();",
        `    this.#files.mount();\n    module.FS.mount((module.FS as never as { filesystems: { NODEFS: never } }).filesystems.NODEFS, { root: ${JSON.stringify(realpathSync(tmpdir()))} } as never, ${JSON.stringify(realpathSync(tmpdir()))});`,
      ],
    ],
  },
  "own process": {
    base: [],
    without: [
      [
        "src/python/python.ts",
        "    start: async (options) => {",
        "    start: (options) => ((globalThis as unknown as { one?: Promise<never> }).one ??= (async () => {",
      ],
      ["src/python/python.ts", "      );\n    },\n  };\n}", "      ) as never;\n    })()),\n  };\n}"],
    ],
  },
  QuickJS: {
    base: [noPermissionModel, fullEnvironment],
    without: [["src/javascript/guest/main.ts", "machine.run(next[1], payload)", PLAIN_NODE]],
  },
  "live files": {
    // In one go: that a statement is followed by the next one is said by a file of the session's own.
    base: [
      noPermissionModel,
      ["src/shell/guest/shell.ts", "const parts = stdin.length > 0 ?", "const parts = stdin.length >= 0 ?"],
    ],
    without: [
      [
        "src/shell/guest/shell.ts",
        "fs: liveFileSystem(this.#files, mountPaths, beside, memoryBytes >> 2),",
        'fs: new (justBash as never as { ReadWriteFs: new (o: object) => never }).ReadWriteFs({ root: "/", allowSymlinks: true }),',
      ],
    ],
  },
};

/** What the host does about a guest that says what it likes, and the deeds in `rogue.test.ts` that tell when it does not. */
const HOST_MUTANTS: Readonly<
  Record<string, { readonly without: readonly Patch[]; readonly tests: readonly string[] }>
> = {
  "one call at a time": {
    without: [
      [
        "src/remote-guest.ts",
        "if (this.#waiting === undefined || this.#serving)",
        "if (this.#died !== undefined)",
      ],
    ],
    tests: ["harms nobody but itself: flood", "gets nothing done between two pieces of code"],
  },
  "output counted by the host": {
    without: [
      [
        "src/remote-guest.ts",
        "if (this.#printed > this.#options.limits.outputBytes)",
        "if (this.#died !== undefined)",
      ],
    ],
    tests: ["harms nobody but itself: endlessOutput"],
  },
  "outcomes read field by field": {
    without: [
      [
        "src/remote-guest.ts",
        "readOutcome(header[1])",
        "header[1] as never as ReturnType<typeof readOutcome>",
      ],
    ],
    tests: ["cannot tell of an outcome what is none"],
  },
  "a bound on what a frame carries": {
    without: [["src/frames.ts", " ||\n        payloadBytes > MOST_PAYLOAD_BYTES", ""]],
    tests: ["harms nobody but itself: hugePayload"],
  },
  "a broken frame is the end": {
    without: [["src/guest-process.ts", "} catch {\n        this.end();", "} catch {"]],
    tests: [
      "harms nobody but itself: noise",
      "harms nobody but itself: noJson",
      "harms nobody but itself: noArray",
    ],
  },
  "descriptors that are read only": {
    without: [["src/control-block.ts", 'guestFd: openSync(path, "r")', 'guestFd: openSync(path, "r+")']],
    tests: ["has nothing around it"],
  },
};

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

/** Guests run what is built, and begin from memory that holds a part of it. */
async function build(copy: string): Promise<void> {
  for (const path of globSync("src/**/*.ts", { cwd: copy })) {
    const to = join(copy, path.replace(/^src/, "dist").replace(/ts$/, "js"));
    mkdirSync(dirname(to), { recursive: true });
    const stripped = stripTypeScriptTypes(readFileSync(join(copy, path), "utf8"));
    writeFileSync(to, stripped.replaceAll(/(["'`])(\.[^"'`\n]*)\.ts\1/g, "$1$2.js$1"));
  }
  await printedBy(["--no-warnings", "dist/python/make-snapshot.js"], copy);
}

/** Calls something with a copy of this package in which some places are changed. */
async function inCopy<T>(patches: readonly Patch[], action: (copy: string) => Promise<T>): Promise<T> {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), "mutant-")));
  try {
    for (const name of ["src", "test", "package.json"])
      cpSync(join(PACKAGE, name), join(copy, name), { recursive: true });
    symlinkSync(join(PACKAGE, "node_modules"), join(copy, "node_modules"));
    for (const [file, from, to] of patches) {
      const path = join(copy, file);
      const source = readFileSync(path, "utf8");
      if (source.split(from).length !== 2) throw new Error(`${file} does not have, once: ${from}`);
      writeFileSync(
        path,
        source.replace(from, () => to),
      );
    }
    await build(copy);
    return await action(copy);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

async function printedBy(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
  const [printed] = await Promise.all([text(child.stdout), once(child, "close")]);
  return printed;
}

/** Which attacks that name a guard get out of a copy. */
function outOf(guard: string, patches: readonly Patch[]): Promise<readonly string[]> {
  return inCopy(patches, async (copy) => {
    const program = join(copy, "test/attacks/try.ts");
    const printed = await printedBy(["--no-warnings", "--conditions=@vfs/source", program, guard], copy);
    return JSON.parse(printed) as string[];
  });
}

/** Which tests of guests that were taken over fail in a copy. */
function failing(patches: readonly Patch[]): Promise<ReadonlySet<string>> {
  return inCopy(patches, async (copy) => {
    const conditions = ["@vfs/source", "node", "development"];
    const config = {
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: { include: ["test/rogue.test.ts"] },
    };
    writeFileSync(join(copy, "vitest.config.mjs"), `export default ${JSON.stringify(config)};`);
    const report = join(copy, "report.json");
    await printedBy(
      [join(PACKAGE, "node_modules/vitest/vitest.mjs"), "run", "--reporter=json", `--outputFile=${report}`],
      copy,
    );
    const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
      testResults: { assertionResults: { title: string; status: string }[] }[];
    };
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    return new Set(results.filter(({ status }) => status === "failed").map(({ title }) => title));
  });
}

const [, , only] = process.argv;
let isFine = true;
for (const [guard, { base, without }] of Object.entries(MUTANTS)) {
  if (only !== undefined && only !== guard) continue;
  const named = [...ATTACKS, ...JAVASCRIPT_ATTACKS, ...SHELL_ATTACKS].filter((one) => one.guard === guard);
  const early = await outOf(guard, base);
  const late = new Set(await outOf(guard, [...base, ...without]));
  const kept = named.filter(({ name }) => !late.has(name)).map(({ name }) => name);
  console.log(`${guard}: ${named.length} attacks, ${early.length} get out with it, ${late.size} without it`);
  for (const name of early) console.log(`  gets out all the same: ${name}`);
  for (const name of kept) console.log(`  something else holds: ${name}`);
  isFine &&= named.length > 0 && early.length === 0 && kept.length === 0;
}
for (const [guard, { without, tests }] of Object.entries(HOST_MUTANTS)) {
  if (only !== undefined && only !== guard) continue;
  const failed = await failing(without);
  const kept = tests.filter((test) => !failed.has(test));
  console.log(`${guard}: ${tests.length} tests, ${tests.length - kept.length} fail without it`);
  for (const name of kept) console.log(`  something else holds: ${name}`);
  isFine &&= kept.length === 0;
}
process.exitCode = isFine ? 0 : 1;
