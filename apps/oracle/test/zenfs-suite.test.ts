import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import type { Told } from "./zenfs/reporter.ts";
import { NOT_APPLICABLE } from "./zenfs/not-applicable.ts";

// The suite that ZenFS publishes (`zenfs-test` of @zenfs/core), on real `node:fs` as the control, and on the face.
const TESTS = dirname(fileURLToPath(import.meta.resolve("@zenfs/core/tests/setup.ts")));
const HOOKS = fileURLToPath(new URL("zenfs/hooks.ts", import.meta.url));
const REPORTER = fileURLToPath(new URL("zenfs/reporter.ts", import.meta.url));
const FILES = globSync("fs/*.test.ts", { cwd: TESTS }).sort();
const PASSES = 191;

const runFile = promisify(execFile);

// So many share a process: starting one costs more than most files do, and the suite's adapter ends it after 5 s.
const TOGETHER = 4;
const GROUPS = Array.from({ length: Math.ceil(FILES.length / TOGETHER) }, (_, at) =>
  FILES.slice(at * TOGETHER, (at + 1) * TOGETHER),
);

/** Runs some files of the suite in a process of their own. What it tells is all that counts, not how it ends. */
async function run(store: string, files: readonly string[]): Promise<Told[]> {
  const { stdout, stderr } = await runFile(
    process.execPath,
    [
      "--conditions=@vfs/source",
      `--import=${HOOKS}`,
      `--test-reporter=${REPORTER}`,
      "--test",
      "--test-isolation=none",
      ...files.map((file) => join(TESTS, file)),
    ],
    { env: { ...process.env, ZENFS_STORE: store, SETUP: join(TESTS, "native-setup.ts"), VITEST: "" } },
  ).catch((error: unknown) => error as { stdout: string; stderr: string });
  const told = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Told);
  const silent = files.filter((file) => !told.some((one) => one.file.endsWith(file)));
  if (silent.length > 0) throw new Error(`nothing was tested of ${silent.join(", ")}:\n${stderr}`);
  return told;
}

const named = (told: readonly Told[], outcome: Told["outcome"]): string[] =>
  told.filter((one) => one.outcome === outcome).map(({ file, name }) => `${basename(file)} › ${name}`);

// The control is run on demand: what it says of this machine and this Node stays the same.
const STORES = [...(process.env["VFS_ALL"] === "1" ? ["native"] : []), "memory", "sqlite"];

describe.each(STORES)("the suite of ZenFS › %s", (store) => {
  const all: Told[] = [];
  const excused = NOT_APPLICABLE.filter(({ stores }) => stores.includes(store));

  it.each(GROUPS.map((files) => ({ files, names: files.map((file) => basename(file)) })))(
    "$names",
    async ({ files, names }) => {
      const told = await run(store, files);
      all.push(...told);
      const expected = excused
        .map(({ test }) => test)
        .filter((test) => names.includes(test.split(" ›", 1)[0] ?? ""));
      const failed = told.filter(({ outcome }) => outcome === "fail");
      // A listed test that passes fails here: the list is no longer true.
      expect(named(failed, "fail"), failed.map(({ error }) => error).join("\n")).toEqual(expected);
    },
  );

  it(`passes ${PASSES} tests, but for those that are listed with a reason`, () => {
    expect(named(all, "pass").length + excused.length).toBe(PASSES);
  });

  afterAll(() => {
    const [passed, skipped] = [named(all, "pass"), named(all, "skip")];
    process.stdout.write(
      `zenfs-test on ${store}: ${passed.length} of ${PASSES} pass, ${skipped.length} skipped by the suite itself\n`,
    );
  });
});

it("the suite is run as it was published", () => {
  const { version } = JSON.parse(readFileSync(join(TESTS, "../package.json"), "utf8")) as { version: string };
  expect([version, FILES.length]).toEqual(["2.7.6", 21]);
});
