// Changes files in all ways, several at a time, and says of each version when it is there, until it is killed.
import { createVfs } from "@vfs/core";
import { writeSync } from "node:fs";
import { local } from "../../src/index.ts";
import { RECORD_BYTES, record, versionOf } from "../crash-content.ts";

const [root, slot = "", life = ""] = process.argv.slice(2);
// Only to be compiled once, for all that follow.
if (root === undefined) process.exit();

const vfs = createVfs(local({ root }));
const encoder = new TextEncoder();

/** Not lost when this process is: the kernel has it. */
function acknowledge(path: string, version: number): void {
  writeSync(1, `${path} ${version}\n`);
}

async function* parts(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += 10_000) yield text.slice(at, at + 10_000);
}

type Way = (path: string, text: string) => unknown;
const WAYS: readonly (readonly [name: string, write: Way])[] = [
  ["async", (path, text) => vfs.writeFile(path, text)],
  ["sync", (path, text) => vfs.sync.writeFile(path, text)],
  ["stream", (path, text) => vfs.writeStream(path, parts(text))],
  [
    "moved",
    async (path, text) => {
      await vfs.writeFile(`${path}.next`, text);
      await vfs.rename(`${path}.next`, path);
    },
  ],
  [
    "copied",
    async (path, text) => {
      await vfs.writeFile(`${path}.next`, text);
      await vfs.copyFile(`${path}.next`, path);
    },
  ],
];

async function versions(name: string, write: Way): Promise<never> {
  const path = `/own/${slot}/${name}`;
  const found = vfs.sync.exists(path) ? versionOf(vfs.sync.readFile(path, "utf8")) : 0;
  for (let version = found + 1; ; version++) {
    await write(path, record(`${slot}-${name}`, version));
    acknowledge(path, version);
    // All writers at one file: whose version it is nobody knows, but it is one.
    await write(`/shared/${name}`, record(`${slot}-${name}`, version));
  }
}

async function log(): Promise<never> {
  const path = `/own/${slot}/log-${life}`;
  for (let version = 1; ; version++) {
    const line = `${version}`.padEnd(RECORD_BYTES - 1) + "\n";
    await vfs.appendFile(path, encoder.encode(line));
    acknowledge(path, version);
  }
}

await Promise.all([...WAYS.map(([name, write]) => versions(name, write)), log()]);
