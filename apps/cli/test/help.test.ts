import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { commandTable, runCli } from "../src/cli.ts";
import { completionScript, SHELLS } from "../src/completions.ts";
import { nearest } from "../src/nearest.ts";
import { commandsPage } from "../src/reference.ts";
import { newFolder, typedIn } from "./helpers.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const terminal = {
  stdin: Readable.from([]),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  cwd: "/",
  signal: new AbortController().signal,
};
const table = commandTable(terminal);

describe("the help", () => {
  it("is COMMANDS.md, which `vitest -u` writes anew", async () => {
    await expect(commandsPage(table)).toMatchFileSnapshot("../COMMANDS.md");
  });

  it("has a description of each command, argument that is chosen and option, and examples", () => {
    for (const command of table.commands.filter((one) => !one.name().startsWith("__")))
      for (const one of command.commands.length > 0 ? [command, ...command.commands] : [command]) {
        expect(one.description(), one.name()).toMatch(/^[a-z].*[^.]$/);
        for (const option of one.options)
          expect(option.description, `${one.name()} ${option.flags}`).not.toBe("");
      }
  });
});

describe("what is nearly right", () => {
  for (const [args, meant] of [
    [["lss", "file:."], "Did you mean ls?"],
    [["ls", "--recusive"], "Did you mean --recursive?"],
    [["find", "file:.", "-name", "x"], "unknown option '-name': words have two dashes, --name"],
    [["help", "lss"], "unknown command 'lss'\n(Did you mean ls?)"],
    [["lss", "--help"], "Did you mean ls?"],
    [["snapshot", "creat"], "Did you mean create?"],
    [["ls", "fiel:x"], "did you mean file:?"],
    [["ls", "sqlit:x.db"], "did you mean sqlite:?"],
    [["completion", "fsh"], "Allowed choices are bash, zsh, fish"],
  ] as const)
    it(`is guessed: vfs ${args.join(" ")}`, async () => {
      const { code, stderr } = await typedIn(newFolder())([...args]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(meant)]);
    });

  it("is not guessed where nothing is near", () => {
    expect([
      nearest("muonts", ["mounts", "mv"]),
      nearest("frob", ["ls", "cat"]),
      nearest("x", ["y"]),
    ]).toEqual(["mounts", undefined, "y"]);
  });
});

describe("--debug", () => {
  it("prints where an error came from, and nothing does so without it", async () => {
    const vfs = typedIn(newFolder());
    const { stderr } = await vfs(["cat", "--debug", "file:none"]);
    expect(stderr).toMatch(/^ {4}at .*\nvfs: .*no such file/ms);
    expect((await vfs(["cat", "file:none"])).stderr).not.toContain("    at ");
  });

  it("tells a fault of vfs itself with 70", async () => {
    const broken = {
      ...terminal,
      stdout: Object.assign(new PassThrough(), {
        write: () => {
          throw new RangeError("a fault");
        },
      }),
    };
    const chunks: string[] = [];
    const stderr = Object.assign(new PassThrough(), { write: (text: string) => (chunks.push(text), true) });
    expect(await runCli(["--version"], { ...broken, stderr })).toBe(70);
    expect(chunks).toEqual(["vfs: a fault\n"]);
  });
});

describe("completion", () => {
  it.each(SHELLS)("names all commands and options in %s", (shell) => {
    const script = completionScript(shell, table);
    for (const word of ["ls", "snapshot", "restore", "recursive", "dry-run", "__complete"])
      expect(script).toContain(word);
    const path = ["/bin/", "/usr/bin/", "/usr/local/bin/"]
      .map((at) => at + shell)
      .find((at) => existsSync(at));
    // Where there is such a shell, it reads it.
    if (path !== undefined) execFileSync(path, ["-n"], { input: script });
  });

  it("tells the locations that begin so", async () => {
    const folder = newFolder();
    const vfs = typedIn(folder);
    mkdirSync(join(folder, "docs", "deep"), { recursive: true });
    writeFileSync(join(folder, "docs", "draft.md"), "");
    writeFileSync(join(folder, "docs", ".hidden"), "");
    await vfs(["cp", "-r", "file:docs", "sqlite:x.db:/docs"]);
    const asked = async (word: string): Promise<string[]> =>
      (await vfs(["__complete", "--", word])).stdout.trim().split("\n");
    expect(await asked("file:do")).toEqual(["file:docs/"]);
    expect(await asked("file:docs/d")).toEqual(["file:docs/deep/", "file:docs/draft.md"]);
    expect(await asked("file:docs/.")).toEqual(["file:docs/.hidden"]);
    expect(await asked("sqlite:x.db:/docs/dr")).toEqual(["sqlite:x.db:/docs/draft.md"]);
    expect(await asked("/cw")).toEqual(["/cwd/"]);
    expect(await asked("sq")).toEqual(["sqlite:"]);
    expect(await asked("file:none/x")).toEqual([""]);
    expect((await vfs(["--help"])).stdout).not.toContain("__complete");
  });

  it.skipIf(process.platform === "win32")("works in a real bash", () => {
    const folder = newFolder();
    mkdirSync(join(folder, "docs", "deep"), { recursive: true });
    writeFileSync(
      join(folder, "vfs"),
      `#!/bin/sh\nexec "${process.execPath}" --conditions=@vfs/source "${MAIN}" "$@"\n`,
    );
    chmodSync(join(folder, "vfs"), 0o755);
    writeFileSync(join(folder, "completion"), completionScript("bash", table));
    const lines = [
      "vfs sn",
      "vfs snapshot re",
      "vfs ls --rec",
      "vfs cat do",
      "vfs cat file:docs/d",
      "vfs help wa",
      "vfs completion ",
    ];
    const asked = lines.map(
      (line) => `COMP_LINE='${line}' COMP_POINT=${line.length}; _vfs; echo "\${COMPREPLY[*]}"`,
    );
    const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}` };
    const input = ["source ./completion", ...asked].join("\n");
    const printed = execFileSync("bash", ["--norc"], { cwd: folder, env, input, encoding: "utf8" });
    expect(printed.split("\n")).toEqual([
      "snapshot",
      "restore",
      "--recursive",
      "docs",
      "docs/deep/",
      "watch",
      expect.any(String),
      "",
    ]);
  });
});
