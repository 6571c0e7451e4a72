import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newFolder, typedIn } from "./helpers.ts";

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

  it("reads the script from the standard input, or takes it from the command line", async () => {
    const vfs = typedIn(newFolder());
    const stdin = [Buffer.from("print('pi"), Buffer.from("ped')\n")];
    expect(await vfs(["run", "-"], { stdin })).toMatchObject({ code: 0, stdout: "piped\n" });
    expect(await vfs(["run", "-c", "print(6 * 7)"])).toMatchObject({ code: 0, stdout: "42\n" });
  });

  it("ends with what the code ended with", async () => {
    const vfs = typedIn(newFolder());
    const raised = await vfs(["run", "-c", "1 / 0"]);
    expect(raised.code).toBe(1);
    expect(raised.stderr).toMatch(/^Traceback[\s\S]*ZeroDivisionError: division by zero\n$/);
    const slow = await vfs(["run", "--timeout", "1", "-c", "while True: pass"]);
    expect([slow.code, slow.stdout]).toEqual([124, ""]);
    expect((await vfs(["run", "none.py"])).stderr).toMatch(/none\.py/);
  });

  it("answers all at once with --json", async () => {
    const vfs = typedIn(newFolder());
    const { code, stdout } = await vfs(["run", "--json", "-c", "print('hello'); 1 + 1"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, stdout: "hello\n", value: 2 });
  });

  it("sees the working directory, and cannot write it", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "note"), "of the host");
    const vfs = typedIn(folder);
    const code = "print(open('/data/cwd/note').read())\nopen('/data/cwd/note', 'w')";
    const ran = await vfs(["run", "-c", code]);
    expect([ran.code, ran.stdout]).toEqual([1, "of the host\n"]);
    expect(ran.stderr).toContain("Read-only file system");
  });
});
