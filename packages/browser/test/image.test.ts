import type { VPath } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { Glimpse } from "../src/tree/glimpse.ts";
import { Image } from "../src/tree/image.ts";
import { Journal } from "../src/tree/journal.ts";
import { toRecord, type InodeRecord } from "../src/tree/records.ts";
import { Tree } from "../src/tree/tree.ts";

const path = (text: string): VPath => text as VPath;

function emptyTree(): { readonly tree: Tree; readonly journal: Journal } {
  const journal = new Journal();
  return { tree: new Tree(journal, { mustStay: () => false, gone: () => undefined }), journal };
}

/** A tree with one of everything. */
function someTree(): ReturnType<typeof emptyTree> {
  const { tree, journal } = emptyTree();
  const add = (at: string, ...made: Parameters<Tree["makeInode"]>): ReturnType<Tree["makeInode"]> => {
    const node = tree.makeInode(...made);
    tree.addAt(path(at), node);
    return node;
  };
  add("/d", "directory", 0o750);
  add("/d/e", "directory", 0o700);
  const file = add("/d/e/\uD800 half", "file", 0o640);
  Object.assign(file, { pieces: [{ id: 5, room: 512 }, undefined, { id: -3, room: 4096 }], bytes: 700 });
  Object.assign(file, { uid: 7, gid: 8, atimeMs: 1.5, ctimeMs: 2.25, birthtimeMs: 3, contentType: "text/x" });
  file.change({ meta: { owner: "ada" } }, 4);
  tree.filled(file);
  tree.addAt(path("/second"), file);
  add("/link", "symlink", 0o777, "d/e");
  add("/empty", "file", 0o644);
  return { tree, journal };
}

describe("image", () => {
  it("restore › gives all that a tree has", () => {
    const { tree } = someTree();
    const bytes = tree.image();
    const { tree: restored } = emptyTree();
    const replay = restored.replay();
    // As it comes out of a log: at any place.
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    replay.image(new Image(shifted.subarray(3)));
    expect([...restored.inodes.values()].map(toRecord)).toEqual([...tree.inodes.values()].map(toRecord));
    expect(restored.image()).toEqual(bytes);
    expect(restored.usage).toEqual({ bytes: 700, files: 5 });
    expect(restored.find(path("/second"))?.node.stat()).toEqual(tree.find(path("/second"))?.node.stat());
    expect(restored.find(path("/d"))?.node.nlink).toBe(3);
    expect(replay.came).toEqual([
      { id: 5, room: 512 },
      { id: -3, room: 4096 },
    ]);
  });

  it("restore › takes no image that is cut", () => {
    const bytes = someTree().tree.image();
    expect(() => new Image(bytes.slice(0, -1))).toThrow(expect.objectContaining({ code: "EIO" }));
  });
});

describe("replay", () => {
  it("net › tells what is in use in the end, however often it was given up and taken", () => {
    const { tree } = emptyTree();
    const times = [0, 0, 0, 0] as const;
    const file = (ino: number, ...content: number[]): InodeRecord => [
      ino,
      0,
      0o644,
      0,
      times,
      1,
      [1, ...content],
    ];
    const counters = { lastIno: 4, lastOrder: 0, lastVersion: 0, names: [] };
    const before = tree.replay();
    before.step({ inodes: [file(2, 10, 512, 20, 512), file(3, 30, 512)], gone: [], ...counters });
    const replay = tree.replay();
    // 10 moves to another file, 40 comes and goes, 20 goes and is taken as a larger room, 30 goes and comes back.
    replay.step({ inodes: [file(4, 10, 512, 40, 512)], gone: [2], ...counters });
    replay.step({ inodes: [file(4, 10, 512, 20, 1024), file(3)], gone: [], ...counters });
    replay.step({ inodes: [file(3, 30, 512, 50, 512)], gone: [], ...counters });
    expect(replay.net()).toEqual({
      came: [
        { id: 20, room: 1024 },
        { id: 50, room: 512 },
      ],
      went: [{ id: 20, room: 512 }],
    });
  });
});

describe("glimpse", () => {
  it("file › finds files of the image, and what later steps made of them, and nothing else", () => {
    const { tree, journal } = someTree();
    const image = new Image(tree.image());
    journal.take();
    const file = tree.need(path("/second")).node;
    tree.move(tree.root, tree.need(path("/d")), tree.root, path("/moved"));
    const fresh = tree.makeInode("file", 0o644);
    tree.addAt(path("/moved/new"), fresh);
    Object.assign(fresh, { pieces: [{ id: 9, room: 512 }], bytes: 3 });
    tree.filled(fresh);
    tree.drop(tree.root, tree.need(path("/empty")));
    const glimpse = new Glimpse(image, [{ ...journal.take(), ...tree.counters }]);
    const content = ({ pieces, bytes }: Pick<typeof file, "pieces" | "bytes">): unknown => ({
      pieces,
      bytes,
    });
    expect(glimpse.file(path("/second"))).toEqual(content(file));
    expect(glimpse.file(path("/moved/e/\uD800 half"))).toEqual(content(file));
    expect(glimpse.file(path("/moved/new"))).toMatchObject(content(fresh) as object);
    for (const other of [
      "/",
      "/d/e/\uD800 half",
      "/empty",
      "/link",
      "/link/x",
      "/moved",
      "/moved/e",
      "/none",
      "/second/x",
    ])
      expect(glimpse.file(path(other)), other).toBeUndefined();
  });
});
