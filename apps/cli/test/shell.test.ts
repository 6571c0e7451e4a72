import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { wordsOf } from "../src/shell/words.ts";
import { newFolder, started, typedIn, type Answer } from "./helpers.ts";

let folder: string;
let vfs: ReturnType<typeof typedIn>;

beforeEach(() => {
  folder = newFolder();
  vfs = typedIn(folder);
  mkdirSync(join(folder, "docs", "deep"), { recursive: true });
  writeFileSync(join(folder, "docs", "a.txt"), "alpha\n");
  writeFileSync(join(folder, "docs", "b c.txt"), "beta\n");
  vi.stubEnv("VFS_HISTORY", join(folder, "history"));
  onTestFinished(() => void vi.unstubAllEnvs());
});

/** A script of these lines. */
function script(lines: string[], ...args: string[]): Promise<Answer> {
  return vfs(["shell", "--mount", "/docs=file:docs", ...args], {
    stdin: Readable.from([Buffer.from(lines.join("\n"))]),
  });
}

describe("a shell whose input is piped", () => {
  it("runs lines one after another, on stores that stay open", async () => {
    const lines = [
      "# what is in memory stays until the end",
      "mkdir -p /notes/x",
      "cd /notes",
      "pwd",
      "cp /docs/a.txt here",
      "cat here",
      "  ls -1 ",
      "cd ..",
      "find notes --type f",
      "rm -r notes",
      "",
      "ls",
    ];
    expect(await script(lines)).toEqual({
      code: 0,
      stdout: "/notes\nalpha\nhere\nx/\nnotes/here\ndocs/\n",
      stderr: "",
    });
  });

  it("takes words as a shell does, and names for patterns", async () => {
    const lines = [
      "cd docs",
      "cat 'b c.txt' \"a.txt\" b\\ c.txt",
      "cat *.txt",
      "cp a.txt ./-dash",
      "cat *dash",
      "rm *dash",
      "ls nothing*",
      "grep -i 'ALPHA$' .",
      "stat file:docs --json",
    ];
    const { code, stdout, stderr } = await script(lines);
    expect([code, stderr]).toEqual([
      0,
      "vfs: nothing*: no such file or directory\n".replace("nothing*", "/docs/nothing*"),
    ]);
    expect(stdout).toMatch(
      /^beta\nalpha\nbeta\nalpha\nbeta\nalpha\n\.\/a\.txt:1:alpha\n\{"path":"file:docs"/,
    );
  });

  it("answers what the last line did, or exit says, and stops where it fails with -e", async () => {
    expect((await script(["ls none", "ls docs"])).code).toBe(0);
    expect(await script(["ls none", "ls docs"], "-e")).toMatchObject({ code: 1, stdout: "" });
    expect(await script(["pwd", "exit 7", "pwd"])).toMatchObject({ code: 7, stdout: "/\n" });
    expect((await script(["ls none", "exit"])).code).toBe(1);
    expect((await script(["exit 7 8"])).code).toBe(2);
    expect(await vfs(["shell", "-c", "cd cwd", "-c", "ls docs"])).toMatchObject({
      code: 0,
      stdout: "a.txt\nb c.txt\ndeep/\n",
    });
  });

  const WRONG: [line: string, complaint: string][] = [
    ["lss", "lss: there is no such command; did you mean ls?; help prints all"],
    ["ls | cat", "|: the verbs have none"],
    ["cat a > b", ">: the verbs have none"],
    ["cat 'a", "' is not closed"],
    ["cd none", "/none: no such file or directory"],
    ["cd docs/a.txt", "not a directory"],
    ["cd file:docs", "vfs shell --mount /x=file:docs mounts it"],
    ["shell", "shell: not within the shell"],
    ["ls --mount /x=memory:", "--mount, --config and --env-file are for vfs shell itself"],
    ["ls --frob", "unknown option '--frob'"],
    ["cp", "missing required argument 'location'"],
  ];
  for (const [line, complaint] of WRONG)
    it(`says what is wrong, and goes on: ${line}`, async () => {
      const { code, stdout, stderr } = await script([line, "pwd"]);
      expect([code, stdout]).toEqual([0, "/\n"]);
      expect(stderr).toContain(complaint);
      expect((await script([line])).code).toBeGreaterThan(0);
    });

  it("prints help of its own, and that of each command", async () => {
    const { stdout } = await script(["help", "help ls", "ls --help"]);
    expect(stdout).toMatch(/^ {2}ls +list directories$/m);
    expect(stdout).toMatch(/^ {2}cd +go to a directory/m);
    expect(stdout).not.toMatch(/^ {2}shell/m);
    expect(stdout.match(/Usage: vfs ls/g)?.length).toBe(2);
  });

  it("reads the words of a line", () => {
    const words = (line: string): string[] =>
      wordsOf(line).map(({ text, isPattern }) => (isPattern ? `<${text}>` : text));
    expect(words(`a 'b c' "d \\" \\e" f\\ g '' x"y"z # no`)).toEqual([
      "a",
      "b c",
      'd " \\e',
      "f g",
      "",
      "xyz",
    ]);
    expect(words("*.txt '*.txt' \\*.txt a#b [ab]")).toEqual(["<*.txt>", "*.txt", "*.txt", "a#b", "<[ab]>"]);
  });
});

describe("a shell on a terminal", () => {
  const DELETE_LINE = "\u0015";

  /** What a person types, as the terminal gives it; answers what was shown since the last time. */
  function typing(...args: string[]) {
    const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const run = started(folder, ["shell", "--mount", "/docs=file:docs", ...args], {
      stdin: keys,
      shown: true,
      isTTY: true,
    });
    let seen = 0;
    /** Waits for a text, and goes on behind it. */
    const shows = async (text: string): Promise<void> => {
      await vi.waitFor(() => expect(run.stdout().slice(seen)).toContain(text), {
        timeout: 20_000,
        interval: 2,
      });
      seen = run.stdout().indexOf(text, seen) + text.length;
    };
    return { ...run, type: (text: string) => void keys.write(text), shows, keys };
  }

  it("shows where it is, completes commands, options and paths, and keeps its history", async () => {
    const { type, shows, answer, keys } = typing();
    await shows("vfs:/> ");
    type("cd do\t");
    await shows("docs/");
    type("\n");
    await shows("vfs:/docs> ");
    type("cat b\t");
    await shows("b\\ c.txt ");
    type("\n");
    await shows("beta");
    await shows("vfs:/docs> ");
    type("ls --recu\t");
    await shows("--recursive");
    type("\n");
    await shows("vfs:/docs> ");
    type("snap\t");
    await shows("snapshot ");
    type("cre\t");
    await shows("create ");
    type(`${DELETE_LINE}cat file:docs/a\t`);
    await shows("a.txt ");
    type("\n");
    await shows("alpha");
    await shows("vfs:/docs> ");
    type(" secret\n");
    await shows("vfs:/docs> ");
    // The line before the last one, by the arrow.
    type("\u001b[A\u001b[A\n");
    await shows("alpha");
    await shows("vfs:/docs> ");
    keys.end("\u0004");
    expect((await answer).code).toBe(0);
    const history = readFileSync(join(folder, "history"), "utf8").split("\n");
    expect(history).toContain("cat b\\ c.txt ");
    expect(history.join("\n")).not.toContain("secret");
    const others = process.platform === "win32" ? 0 : statSync(join(folder, "history")).mode & 0o077;
    expect(others).toBe(0);
    const again = typing();
    await again.shows("vfs:/> ");
    again.type("\u001b[A");
    await again.shows("cat file:docs/a.txt");
    again.type(`${DELETE_LINE}exit 4\n`);
    expect((await again.answer).code).toBe(4);
  });

  it("Ctrl-C gives a line up, and ends a command but not the shell", async () => {
    const { type, shows, answer } = typing();
    await shows("vfs:/> ");
    type("rm -r docs\u0003");
    await shows("^C");
    type("watch docs\n");
    await shows("watch docs");
    type("\u0003");
    await shows("vfs:/> ");
    type("exit\n");
    expect((await answer).code).toBe(130);
    expect(existsSync(join(folder, "docs", "a.txt"))).toBe(true);
  });

  it("takes lines of a language: values are shown, Ctrl-C gives up a block and ends what runs", async () => {
    const { type, shows, answer } = typing("--engine", "js");
    await shows("js> ");
    type("const text = fs.readFileSync('/data/docs/a\t");
    await shows("/data/docs/a.txt");
    type("', 'utf8'); text.length\n");
    await shows("6");
    await shows("js> ");
    type("if (true) {\n");
    await shows("... ");
    type("\u0003");
    await shows("^C");
    await shows("js> ");
    type("for (;;) ;\n");
    await shows("for (;;) ;");
    type("\u0003");
    await shows("js> ");
    type("exit\n");
    expect((await answer).code).toBe(130);
  });
});

describe("a shell of a language", () => {
  it("runs lines and blocks in one session, on what is mounted", async () => {
    const lines = [
      "const names = fs.readdirSync('/data/docs').sort()",
      "for (const name of names) {",
      "  console.log(name);",
      "}",
      "",
      "null.x",
      "fs.writeFileSync('/data/docs/new', String(names.length))",
      "if (names.length === 3) {",
      "  console.log('the end'); }",
    ];
    const { code, stdout, stderr } = await script(lines, "--engine", "js");
    expect([code, stdout]).toEqual([0, "a.txt\nb c.txt\ndeep\nthe end\n"]);
    expect(stderr).toContain("TypeError");
    expect(readFileSync(join(folder, "docs", "new"), "utf8")).toBe("3");
    const left = await script(["(() => { throw 1 })()", "exit(3)"], "--engine", "js");
    expect(left.code).toBe(3);
  });
});
