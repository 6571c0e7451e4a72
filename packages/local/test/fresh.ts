import { createVfs, type Vfs } from "@vfs/core";
import { afterEach, beforeEach } from "vitest";
import { local } from "../src/index.ts";
import { Folders } from "./folders.ts";

export const folders: Folders = new Folders();
/** The directory of the host that this test has. */
export let root: string;
/** A Vfs on it. */
export let vfs: Vfs;

/** Gives each test of a file a directory of its own and a Vfs on it, and takes both away. */
export function freshForEach(): void {
  beforeEach(() => {
    root = folders.make();
    vfs = createVfs(local({ root }));
  });
  afterEach(async () => {
    await vfs.close();
    folders.clean();
  });
}
