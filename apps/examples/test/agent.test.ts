import { readFileSync } from "node:fs";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { verifyAudit } from "@vfs/security";
import { expect, it } from "vitest";
import { Workspace, type ToolCall } from "../src/agent.ts";

/** A step of a conversation: what the model asked for, and a part of what it was told. */
interface Recorded extends ToolCall {
  readonly expect: string;
  readonly refused?: boolean;
}

const recording = JSON.parse(
  readFileSync(new URL("recording.json", import.meta.url), "utf8"),
) as readonly Recorded[];

it("agent › does what it may, hears why it may not, and takes a mistake back", async () => {
  const store = memory();
  const log = memory();
  await using inside = createVfs(store, { keepOpen: true });
  await inside.mkdir("/inputs");
  await inside.writeFile("/inputs/sales.csv", "sku,amount\ntea,3\ncake,4\n");
  {
    await using workspace = await Workspace.open(store, log);
    for (const { tool, input, expect: told, refused = false } of recording) {
      const { ok, text } = await workspace.call({ tool, input });
      expect(text, tool).toContain(told);
      expect(ok, text).toBe(!refused);
    }
    // Somebody else changes what the agent has read.
    await workspace.call({ tool: "read_file", input: { path: "/report.md" } });
    await inside.writeFile("/report.md", "by hand\n");
    const late = await workspace.call({ tool: "write_file", input: { path: "/report.md", content: "mine" } });
    expect(late).toMatchObject({ ok: false, text: expect.stringContaining("ESTALE") as string });
    expect(workspace.violations()).toEqual(["/inputs/more.csv: inputs stay", "/etc/passwd: system secrets"]);
  }
  expect(await inside.readFile("/report.md", "utf8")).toBe("by hand\n");
  expect(await inside.readFile("/inputs/sales.csv", "utf8")).toContain("cake");
  const report = await verifyAudit(log, "/audit.jsonl");
  expect(report.ok).toBe(true);
  const lines = await createVfs(log).readFile("/audit.jsonl", "utf8");
  expect(lines).toContain('"actor":"agent"');
  expect(lines).toContain("EACCES");
});
