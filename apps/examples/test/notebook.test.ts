import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { notebookServer, type Cell } from "../src/notebook.ts";

async function run(url: string, notebook: string, code: string): Promise<Cell> {
  const body = JSON.stringify({ code });
  return (await (await fetch(`${url}/notebooks/${notebook}/cells`, { method: "POST", body })).json()) as Cell;
}

it("notebook › keeps cells and files, and each notebook to itself", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vfs-notebook-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "notebooks.db");
  {
    await using server = await notebookServer({ file, timeoutMs: 1000 });
    const { url } = server;
    const put = { method: "PUT", body: "tea,3\ncake,4\n" };
    expect(await (await fetch(`${url}/notebooks/ada/files/in/prices.csv`, put)).json()).toEqual({
      bytes: 13,
    });
    await run(url, "ada", "import csv\nrows = list(csv.reader(open('/data/in/prices.csv')))");
    const sum = await run(
      url,
      "ada",
      "print(len(rows))\nopen('/data/sum', 'w').write('7')\nsum(int(n) for _, n in rows)",
    );
    expect(sum).toMatchObject({ stdout: "2\n", value: "7" });
    expect(sum.error).toBeUndefined();
    expect(await (await fetch(`${url}/notebooks/ada/files/sum`)).text()).toBe("7");

    // Another one has neither its names nor its files.
    expect((await run(url, "bob", "rows")).error).toContain("NameError");
    expect((await run(url, "bob", "import os; os.listdir('/data')")).value).toBe("[]");
    expect((await fetch(`${url}/notebooks/bob/files/..%2F..%2Fada%2Ffiles%2Fsum`)).status).toBe(404);
    expect((await fetch(`${url}/notebooks/bob/files/none`)).status).toBe(404);

    expect((await run(url, "ada", "while True: pass")).error).toContain("timeout: ");
    expect((await run(url, "ada", "len(rows)")).value).toBe("2");
    const show = "class Red:\n    def _repr_html_(self): return '<b>red</b>'\nRed()";
    expect((await run(url, "ada", show)).views["text/html"]).toBe(
      `data:text/html;base64,${btoa("<b>red</b>")}`,
    );
    await fetch(`${url}/notebooks/ada/session`, { method: "DELETE" });
    expect((await run(url, "ada", "rows")).error).toContain("NameError");
    expect((await fetch(`${url}/notebooks/ada/cells`, { method: "POST", body: "{" })).status).toBe(400);
  }
  await using server = await notebookServer({ file });
  const cells = (await (await fetch(`${server.url}/notebooks/ada`)).json()) as Cell[];
  expect(cells.length).toBe(6);
  expect(cells[1]).toMatchObject({ stdout: "2\n", value: "7" });
  expect((await run(server.url, "ada", "open('/data/sum').read()")).value).toBe("'7'");
});
