import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import git from "isomorphic-git";
import http from "isomorphic-git/http/node";
import { expect, it } from "vitest";
import { toNodeFs, type NodeFs } from "../src/index.ts";
import { serveGit } from "./git-server.ts";

const author = { name: "Ada", email: "ada@example.org", timestamp: 1_700_000_000, timezoneOffset: 0 };
const newFs = (): NodeFs => toNodeFs(createVfs(memory()));

async function commitFile(fs: NodeFs, dir: string, filepath: string, text: string): Promise<string> {
  await fs.promises.writeFile(`${dir}/${filepath}`, text);
  await git.add({ fs, dir, filepath });
  return git.commit({ fs, dir, message: `write ${filepath}`, author });
}

async function newRepository(): Promise<{ fs: NodeFs; dir: string; tip: string }> {
  const fs = newFs();
  const dir = "/served";
  await fs.promises.mkdir(`${dir}/docs`, { recursive: true });
  await git.init({ fs, dir, defaultBranch: "main" });
  await commitFile(fs, dir, "README.md", "# one\n");
  await fs.promises.writeFile(`${dir}/big.txt`, "0123456789".repeat(20_000));
  await git.add({ fs, dir, filepath: "big.txt" });
  await fs.promises.symlink("README.md", `${dir}/docs/link`);
  await git.add({ fs, dir, filepath: "docs/link" });
  await fs.promises.writeFile(`${dir}/docs/run.sh`, "#!/bin/sh\n", { mode: 0o755 });
  await git.add({ fs, dir, filepath: "docs/run.sh" });
  const tip = await commitFile(fs, dir, "docs/note.txt", "Hello, Ada\n");
  return { fs, dir, tip };
}

/** The ways in which the library talks to a filesystem: it takes promises when it sees them. */
const WAYS: Record<string, (fs: NodeFs) => NodeFs> = {
  promises: (fs) => fs,
  callbacks: ({ promises: _, ...rest }) => rest as unknown as NodeFs,
};

it.each(Object.keys(WAYS))("isomorphic-git clones, commits and checks out › %s", async (way) => {
  const served = await newRepository();
  await using server = await serveGit(served.fs, served.dir);
  const face = newFs();
  const fs = (WAYS[way] as (fs: NodeFs) => NodeFs)(face);
  const dir = "/home/clone";
  await git.clone({ fs, http, dir, url: server.url });
  expect(server.requests).toEqual([
    "GET /repo/info/refs?service=git-upload-pack",
    "POST /repo/git-upload-pack",
  ]);

  // The clone holds what was served.
  expect(await git.resolveRef({ fs, dir, ref: "HEAD" })).toBe(served.tip);
  expect(face.readFileSync(`${dir}/docs/note.txt`, "utf8")).toBe("Hello, Ada\n");
  expect(face.readFileSync(`${dir}/big.txt`, "utf8")).toBe("0123456789".repeat(20_000));
  expect(face.readlinkSync(`${dir}/docs/link`)).toBe("README.md");
  expect(face.statSync(`${dir}/docs/run.sh`).mode & 0o777).toBe(0o755);

  // A commit on a branch, and back to the first one.
  await git.branch({ fs, dir, ref: "topic", checkout: true });
  face.writeFileSync(`${dir}/docs/note.txt`, "Changed\n");
  face.rmSync(`${dir}/big.txt`);
  expect(await git.statusMatrix({ fs, dir, filepaths: ["docs/note.txt", "big.txt"] })).toEqual([
    ["big.txt", 1, 0, 1],
    ["docs/note.txt", 1, 2, 1],
  ]);
  await git.remove({ fs, dir, filepath: "big.txt" });
  await git.add({ fs, dir, filepath: "docs/note.txt" });
  const oid = await git.commit({ fs, dir, message: "change", author });
  const log = await git.log({ fs, dir });
  expect(log.map(({ commit }) => commit.message)).toEqual([
    "change\n",
    "write docs/note.txt\n",
    "write README.md\n",
  ]);
  expect(log[0]?.oid).toBe(oid);

  await git.checkout({ fs, dir, ref: "main" });
  expect(face.readFileSync(`${dir}/docs/note.txt`, "utf8")).toBe("Hello, Ada\n");
  expect(face.existsSync(`${dir}/big.txt`)).toBe(true);
  await git.checkout({ fs, dir, ref: "topic" });
  expect(face.readFileSync(`${dir}/docs/note.txt`, "utf8")).toBe("Changed\n");
  expect(face.readdirSync(dir)).toEqual([".git", "README.md", "docs"]);
});
