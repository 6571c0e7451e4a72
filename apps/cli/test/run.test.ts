import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newFolder, typedIn, type Answer } from "./helpers.ts";

describe("run", () => {
  it("runs a script with its arguments on the mounted files", async () => {
    const folder = newFolder();
    const vfs = typedIn(folder);
    writeFileSync(
      join(folder, "script.py"),
      "import sys\nprint(sys.argv[1:])\nopen('/data/db/out', 'w').write('from Python')\n",
    );
    const ran = await vfs(["run", "--mount", "/db=sqlite:x.db", "script.py", "one", "--two"]);
    expect(ran).toEqual({ code: 0, stdout: "['one', '--two']\n", stderr: "" });
    expect((await vfs(["cat", "sqlite:x.db:/out"])).stdout).toBe("from Python");
  });

  it("runs JavaScript and shell scripts likewise", async () => {
    const folder = newFolder();
    const vfs = typedIn(folder);
    writeFileSync(
      join(folder, "script.js"),
      "fs.writeFileSync('/data/db/out', process.argv.slice(2).join()); process.exit(3)",
    );
    const mount = ["--mount", "/db=sqlite:x.db"];
    expect(await vfs(["run", "--engine", "js", ...mount, "script.js", "one", "--two"])).toEqual({
      code: 3,
      stdout: "",
      stderr: "",
    });
    const ran = await vfs([
      "run",
      "--engine",
      "shell",
      ...mount,
      "-c",
      "cat db/out; echo; echo $1; exit 4",
      "arg",
    ]);
    expect(ran).toEqual({ code: 4, stdout: "one,--two\narg\n", stderr: "" });
    expect((await vfs(["run", "--engine", "js", "-c", "null.x"])).stderr).toMatch(/^TypeError: /);
    expect((await vfs(["run", "--engine", "cobol", "-c", "1"])).code).toBe(2);
  });

  it("reads the script from the standard input, or takes it from the command line", async () => {
    const vfs = typedIn(newFolder());
    const stdin = [Buffer.from("print('pi"), Buffer.from("ped')\n")];
    expect(await vfs(["run", "-"], { stdin })).toMatchObject({ code: 0, stdout: "piped\n" });
    // As long a time as may be given.
    const told = await vfs(["run", "--timeout", "2000000", "-c", "print(6 * 7)"]);
    expect(told).toMatchObject({ code: 0, stdout: "42\n" });
  });

  it("ends with what the code ended with", async () => {
    const vfs = typedIn(newFolder());
    const raised = await vfs(["run", "-c", "1 / 0"]);
    expect(raised.code).toBe(1);
    expect(raised.stderr).toMatch(/^Traceback[\s\S]*ZeroDivisionError: division by zero\n$/);
    const slow = await vfs(["run", "--timeout", "1", "-c", "while True: pass"]);
    expect([slow.code, slow.stdout]).toEqual([124, ""]);
    expect(slow.stderr).toMatch(/vfs: the code took longer than it may; --timeout <seconds> allows more\n$/);
    expect((await vfs(["run", "none.py"])).stderr).toMatch(/none\.py/);
  });

  it("answers all at once with --json", async () => {
    const vfs = typedIn(newFolder());
    const { code, stdout } = await vfs(["run", "--json", "-c", "print('hello'); 1 + 1"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, stdout: "hello\n", value: 2 });
  });

  it("sees nothing of this machine unless it is mounted", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, ".env"), "of the host");
    const vfs = typedIn(folder);
    const alone = "import os; print(os.listdir('/data')); open('/data/own', 'w').write('x')";
    expect(await vfs(["run", "-c", alone])).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
    const code = "print(open('/data/in/.env').read())\nopen('/data/in/.env', 'w')";
    const ran = await vfs(["run", "--mount-ro", "/in=file:.", "-c", code]);
    expect([ran.code, ran.stdout]).toEqual([1, "of the host\n"]);
    expect(ran.stderr).toContain("Read-only file system");
  });

  it("ends with the code of sys.exit, without a traceback", async () => {
    const vfs = typedIn(newFolder());
    const exit = (code: string): Promise<Answer> => vfs(["run", "-c", `import sys; sys.exit(${code})`]);
    expect(await exit("3")).toEqual({ code: 3, stdout: "", stderr: "" });
    expect(await exit("'no input'")).toEqual({ code: 1, stdout: "", stderr: "no input\n" });
    const json = await vfs(["run", "--json", "-c", "raise SystemExit(-1)"]);
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([255, { error: { type: "SystemExit" } }]);
  });

  it("says which limit the code has met, and how to raise it", async () => {
    const vfs = typedIn(newFolder());
    const much = "import sys\nfor _ in range(2048): sys.stdout.write('x' * 1023 + '\\n')";
    const printed = await vfs(["run", "-c", much]);
    expect(printed.code).toBe(1);
    expect(printed.stderr).toMatch(/vfs: the code printed more than it may; --output <MiB> allows more\n$/);
    const more = await vfs(["run", "--output", "3", "-c", much]);
    expect([more.code, more.stdout.length, more.stderr]).toEqual([0, 2 << 20, ""]);
    const large = await vfs(["run", "--memory", "64", "-c", "x = bytearray(256 << 20)"]);
    expect(large.code).toBe(137);
    expect(large.stderr).toMatch(
      /vfs: the code wanted more memory than it may have; --memory <MiB> allows more\n$/,
    );
  });

  it("refuses a script that is not UTF-8, and limits that cannot be", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "latin.py"), Buffer.from("print('\u00e9')", "latin1"));
    const vfs = typedIn(folder);
    const latin = await vfs(["run", "latin.py"]);
    expect(latin).toEqual({ code: 2, stdout: "", stderr: "vfs: latin.py: the script is not UTF-8\n" });
    const limits = [
      ["--timeout", "0"],
      ["--timeout", "2147484"],
      ["--memory", "63"],
      ["--memory", "4096"],
      ["--output", "257"],
    ];
    for (const limit of limits) {
      const { code, stderr } = await vfs(["run", ...limit, "-c", "1"]);
      expect([code, stderr], limit.join(" ")).toEqual([2, expect.stringContaining("whole number from")]);
    }
  });
});
