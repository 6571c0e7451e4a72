import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { testDirectory } from "./directory.ts";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

describe("sqlite › README", () => {
  it("the example runs, and says what it should", () => {
    const [, example = ""] =
      /```ts\n([\s\S]*?)```/.exec(readFileSync(join(PACKAGE, "README.md"), "utf8")) ?? [];
    const code = example.replace('"app.db"', JSON.stringify(join(testDirectory(), "app.db")));
    const output = execFileSync(
      process.execPath,
      ["--conditions=@vfs/source", "--input-type=module", "--eval", code],
      { cwd: PACKAGE, encoding: "utf8" },
    );
    expect(output).toBe("Hello\n[ 'a', 'ada', 'b', 'c' ]\n");
  });
});
