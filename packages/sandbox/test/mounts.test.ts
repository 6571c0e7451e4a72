import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { createSession, python } from "../src/index.ts";
import { FakeEngine } from "./fake-engine.ts";
import { newSession, newVfs, valueOf } from "./helpers.ts";

describe("mounts", () => {
  it("are live each, and kept apart", async () => {
    const [own, ref, inner] = [newVfs(), newVfs(), memory()];
    await own.mount("/inner", inner);
    await ref.writeFile("/book.txt", "to be read");
    await ref.mkdir("/sub");
    const session = await newSession({
      vfs: own,
      mounts: { "/ref": { vfs: ref, readOnly: true }, "/more/space": ref.view({ root: "/sub" }) },
    });
    expect(session.mountPath).toBe("/data");
    const code = `
import os, shutil
told = [os.getcwd(), sorted(os.listdir('/ref')), open('/ref/book.txt').read()]
def failing(action):
    try: action()
    except OSError as error: return error.strerror
told += [failing(lambda: open('/ref/new', 'w')), failing(lambda: os.remove('/ref/book.txt')), failing(lambda: os.mkdir('/ref/d'))]
open('/more/space/note', 'w').write('through a view')
told += [open('/ref/sub/note').read(), os.path.samefile('/ref/sub/note', '/more/space/note')]
open('mine', 'w').write('mine')
told += [failing(lambda: os.rename('mine', '/more/space/mine')), failing(lambda: os.link('mine', '/more/space/mine'))]
shutil.move('mine', '/more/space/mine')
told += [os.path.exists('mine'), open('/more/space/mine').read()]
# Two stores may number their files alike.
open('/data/a', 'w').write('a'); open('/data/inner/a', 'w').write('b')
told += [os.path.samefile('/data/a', '/data/inner/a'), shutil.copyfile('/data/a', '/data/inner/a')]
os.symlink('/more/space/note', '/more/space/link')
told += [open('/more/space/link').read(), os.readlink('/more/space/link'), failing(lambda: os.symlink('/data/a', '/more/space/out'))]
told`;
    expect(await valueOf(session, code)).toEqual([
      "/data",
      ["book.txt", "sub"],
      "to be read",
      "Read-only file system",
      "Read-only file system",
      "Read-only file system",
      "through a view",
      true,
      "Cross-device link",
      "Cross-device link",
      false,
      "mine",
      false,
      "/data/inner/a",
      "through a view",
      "/more/space/note",
      "Cross-device link",
    ]);
    expect(await ref.readFile("/sub/mine", "utf8")).toBe("mine");
    // What the guest remembers of one mount is not what it remembers of the other, and each hears of its own changes.
    await valueOf(session, "[os.path.exists('/data/x'), os.path.exists('/ref/x')]");
    await ref.writeFile("/x", "here");
    expect(await valueOf(session, "[os.path.exists('/data/x'), open('/ref/x').read()]")).toEqual([
      false,
      "here",
    ]);
    await ref.unlink("/x");
    await own.writeFile("/x", "there");
    expect(await valueOf(session, "[open('/data/x').read(), os.path.exists('/ref/x')]")).toEqual([
      "there",
      false,
    ]);
    const files = { "/more/space/given": "1", given: "2" };
    expect(
      await session.execute("[open('/ref/sub/given').read(), open('given').read()]", { files }),
    ).toMatchObject({
      value: ["1", "2"],
    });
    await expect(session.execute("1", { files: { "/ref/given": "1" } })).rejects.toMatchObject({
      code: "EROFS",
    });

    // Hard links are names of one file, here as anywhere.
    const links = `
os.link('/data/a', '/data/b')
open('/data/b', 'a').write('!')
told = [open('/data/a').read(), os.stat('/data/a').st_nlink, os.path.samefile('/data/a', '/data/b'), failing(lambda: os.link('/data/a', '/data/b')), failing(lambda: os.link('/data/none', '/data/c')), failing(lambda: os.link('/tmp', '/data/c'))]
os.remove('/data/a')
told + [os.stat('/data/b').st_nlink]`;
    expect(await valueOf(session, links)).toEqual([
      "a!",
      2,
      true,
      "File exists",
      "No such file or directory",
      "Cross-device link",
      1,
    ]);
  });

  it("that cannot be are refused", async () => {
    const vfs = newVfs();
    const make = (options: object): Promise<unknown> => createSession({ engine: python(), ...options });
    await expect(make({})).rejects.toThrow("a session needs files");
    await expect(make({ vfs, mounts: { "/data/ref": vfs } })).rejects.toThrow("lie within each other");
    await expect(make({ vfs, mounts: { "/data": vfs } })).rejects.toThrow("lie within each other");
    await expect(make({ mountPath: "/x", mounts: { "/ref": vfs } })).rejects.toThrow("mountPath says where");
    await expect(make({ vfs, mounts: { "/tmp/x": vfs } })).rejects.toThrow(
      "mountPath must be an absolute path",
    );
    const engine = new FakeEngine();
    await expect(make({ vfs, engine, mounts: { "/ref": vfs } })).rejects.toThrow(
      "fake has one place for files",
    );
    await expect(make({ vfs, engine, isolation: "strict" })).rejects.toThrow(
      "fake cannot be isolated strictly",
    );
    await expect(make({ vfs, isolation: "some" })).rejects.toThrow(TypeError);
    const session = await createSession({ engine, mounts: { "/only": vfs } });
    expect(session.mountPath).toBe("/only");
    await expect(session.checkpoint()).rejects.toMatchObject({ code: "ENOTSUP" });
    await session.close();
    expect(engine.alive).toBe(0);
  });

  it("of a closed Vfs are an error of the code", async () => {
    const vfs = createVfs(memory());
    const session = await newSession({ vfs });
    await vfs.close();
    expect((await session.execute("open('/data/f', 'w')")).error).toMatchObject({ type: "OSError" });
  });
});
