import { join } from "node:path";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { sqlite } from "@vfs/sqlite";
import type { Peer } from "../files.ts";
import { agentfs } from "./agentfs.ts";
import { mapLimit, tableLimits } from "./limits.ts";
import { opendal } from "./opendal.ts";
import { memfs, nodeFs, nodeVfs, shells, zen } from "./others.ts";
import { ours } from "./ours.ts";

/** Everyone that races, by name. */
export const PEERS: readonly Peer[] = [
  ...ours("memory", () => memory()),
  ...ours("sqlite", (folder) => sqlite({ file: join(folder, "files.db") })),
  ...ours("local", (folder) => local({ root: folder })),
  ...nodeFs,
  ...memfs,
  ...zen,
  ...nodeVfs,
  ...shells,
  ...opendal,
  ...agentfs,
  mapLimit,
  ...tableLimits,
];
