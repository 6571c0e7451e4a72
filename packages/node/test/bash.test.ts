import { delayed } from "@vfs/conformance";
import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { Bash, type IFileSystem } from "just-bash";
import { describe, expect, it } from "vitest";
import { toIFileSystem } from "../src/index.ts";

/** Two mounts below one root: `/fast` never waits, `/late` always does. */
async function mounted(): Promise<Vfs> {
  const vfs = createVfs(memory());
  await vfs.mount("/fast", memory());
  await vfs.mount("/late", delayed(memory(), 3));
  await vfs.mkdir("/tmp");
  return vfs;
}

const SCRIPT = `
set -e
mkdir -p /fast/src/deep/er /late/in
echo one > /fast/src/a.txt
echo two >> /fast/src/a.txt
printf 'three\\n' | tee -a /fast/src/a.txt > /dev/null
cat > /late/in/here.md <<'DOC'
# Title
$HOME stays as it is
TODO: write
DOC
cat <<DOC >> /late/in/here.md
sum $((20 + 22))
DOC
cp /fast/src/a.txt /late/in/b.txt
cp -r /fast/src /late/copy
mkdir /fast/src/empty
touch /fast/src/deep/er/t1 /fast/src/deep/er/t2.log
mv /fast/src/deep /late/moved
mv /late/in/b.txt /fast/b.txt
ln -s ../in/here.md /late/moved/link
ln /fast/b.txt /fast/hard.txt
echo four >> /fast/hard.txt
sed -i 's/two/2/' /fast/b.txt
sed -i -e '/TODO/d' /late/moved/link
chmod +x /fast/src/a.txt
chmod 600 /late/in/here.md
find / -name '*.log' -type f > /tmp/logs
find /late -type d | sort > /tmp/dirs
grep -r 'one' /fast /late -l | sort > /tmp/hits
grep -c . /late/in/here.md > /tmp/count || true
sort -r /fast/src/a.txt | head -n 2 | tr a-z A-Z > /tmp/shout
wc -l < /fast/src/a.txt > /tmp/lines
awk '{ print NR ":" $0 }' /fast/src/a.txt > /late/numbered
cut -d: -f1 /late/numbered | paste -sd, - > /tmp/cut
cd /late && tar -cf /fast/all.tar copy numbered && cd /
mkdir /tmp/out && tar -xf /fast/all.tar -C /tmp/out
diff /late/copy/a.txt /tmp/out/copy/a.txt && echo same > /tmp/diff
for f in /fast/*.txt; do basename "$f"; done > /tmp/names
if [ -x /fast/src/a.txt ] && [ -L /late/moved/link ] && [ ! -e /nowhere ]; then echo yes > /tmp/tests; fi
base64 /fast/src/a.txt | base64 -d > /late/decoded
gzip -c /late/numbered | gunzip > /late/gunzipped
xargs -n 1 echo item < /tmp/cut >> /tmp/items
readlink -f /late/moved/link > /tmp/real
rmdir /fast/src/empty
rm -r /late/copy
rm -f /nowhere/at/all
cat /no/such 2> /tmp/err || echo "failed $?" >> /tmp/err
du -a /late/moved > /dev/null
stat -c '%a %s' /late/in/here.md > /tmp/stat
pwd > /tmp/pwd
`;

describe("toIFileSystem", () => {
  it("exec › a script of many commands works on two mounts, and the files are as it says", async () => {
    const vfs = await mounted();
    const bash = new Bash({ fs: toIFileSystem(vfs), cwd: "/" });
    const { stderr, exitCode } = await bash.exec(SCRIPT);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    const text = async (path: string): Promise<string> => vfs.readFile(path, "utf8");
    expect(await text("/fast/src/a.txt")).toBe("one\ntwo\nthree\n");
    expect(await text("/late/in/here.md")).toBe("# Title\n$HOME stays as it is\nsum 42\n");
    expect(await vfs.readlink("/late/moved/link")).toBe("../in/here.md");
    expect(await text("/fast/b.txt")).toBe("one\n2\nthree\nfour\n");
    expect(await text("/tmp/logs")).toBe("/late/moved/er/t2.log\n");
    expect(await text("/tmp/dirs")).toBe(
      "/late\n/late/copy\n/late/copy/deep\n/late/copy/deep/er\n/late/in\n/late/moved\n/late/moved/er\n",
    );
    expect(await text("/tmp/hits")).toBe("/fast/b.txt\n/fast/hard.txt\n/fast/src/a.txt\n/late/copy/a.txt\n");
    expect(await text("/tmp/shout")).toBe("TWO\nTHREE\n");
    expect((await text("/tmp/lines")).trim()).toBe("3");
    expect(await text("/late/numbered")).toBe("1:one\n2:two\n3:three\n");
    expect(await text("/tmp/cut")).toBe("1,2,3\n");
    expect(await text("/tmp/out/numbered")).toBe("1:one\n2:two\n3:three\n");
    expect(await text("/tmp/diff")).toBe("same\n");
    expect(await text("/tmp/names")).toBe("b.txt\nhard.txt\n");
    expect(await text("/tmp/tests")).toBe("yes\n");
    expect(await text("/late/decoded")).toBe("one\ntwo\nthree\n");
    expect(await text("/late/gunzipped")).toBe("1:one\n2:two\n3:three\n");
    expect(await text("/tmp/items")).toBe("item 1,2,3\n");
    expect(await text("/tmp/real")).toBe("/late/in/here.md\n");
    expect(await text("/tmp/err")).toBe("cat: /no/such: No such file or directory\nfailed 1\n");
    expect(await text("/tmp/stat")).toBe("600 36\n");
    expect((await vfs.stat("/fast/src/a.txt")).mode & 0o777).toBe(0o755);
    expect((await vfs.readdir("/late")).toSorted()).toEqual([
      "decoded",
      "gunzipped",
      "in",
      "moved",
      "numbered",
    ]);
    expect(await vfs.readdir("/fast/src")).toEqual(["a.txt"]);
    await vfs.close();
  });

  it("exec › a redirection makes its directory, and rejects where it is refused", async () => {
    const vfs = await mounted();
    await vfs.mount("/fixed", memory(), { readOnly: true });
    const bash = new Bash({ fs: toIFileSystem(vfs), cwd: "/" });
    await bash.exec("echo a > /late/new/dir/a; echo b >> /late/new/er/b");
    expect([...(await vfs.readdir("/late/new", { recursive: true }))].toSorted()).toEqual([
      "dir",
      "dir/a",
      "er",
      "er/b",
    ]);
    await expect(bash.exec("echo a > /fixed/a")).rejects.toMatchObject({ code: "EROFS", path: "/fixed/a" });
    const { stderr } = await bash.exec("rm -r /fixed; mkdir /fixed/d");
    expect(stderr).toContain("mkdir: cannot create directory '/fixed/d': EROFS");
    await vfs.close();
  });

  it("every member › is there, and answers as just-bash describes it", async () => {
    const vfs = await mounted();
    const fs = toIFileSystem(vfs) satisfies Required<IFileSystem>;
    await fs.writeFile("/late/bytes", "\u00ff\u0000a", "binary");
    expect(await vfs.readFile("/late/bytes")).toEqual(Uint8Array.of(255, 0, 97));
    await fs.appendFile("/late/bytes", "Yg==", { encoding: "base64" });
    await fs.appendFile("/late/bytes", Uint8Array.of(99));
    expect(await fs.readFileBuffer("/late/bytes")).toEqual(Uint8Array.of(255, 0, 97, 98, 99));
    expect(await fs.readFileBytes("/late/bytes")).toBe("\u00ff\u0000abc");
    expect(await fs.readFile("/late/bytes", { encoding: "hex" })).toBe("ff00616263");
    await fs.writeFile("/fast/ü", "größe");
    expect(await fs.readFile("/fast/ü")).toBe("größe");
    await fs.link("/fast/ü", "/fast/same");
    await fs.symlink("ü", "/fast/soft");
    const [first, second] = [await fs.stat("/fast/soft"), await fs.stat("/fast/same")];
    expect(first.identity).toBe(second.identity);
    expect(first).toMatchObject({ isFile: true, isSymbolicLink: false, mode: 0o644, size: 7 });
    expect((await fs.stat("/late/bytes")).identity).not.toBe(first.identity);
    expect(await fs.lstat("/fast/soft")).toMatchObject({ isFile: false, isSymbolicLink: true });
    expect(await fs.readlink("/fast/soft")).toBe("ü");
    expect(await fs.realpath("/fast/soft")).toBe("/fast/ü");
    expect(await fs.readdir("/")).toEqual(["fast", "late", "tmp"]);
    expect(await fs.readdirWithFileTypes("/fast")).toEqual([
      { name: "same", isFile: true, isDirectory: false, isSymbolicLink: false },
      { name: "soft", isFile: false, isDirectory: false, isSymbolicLink: true },
      { name: "ü", isFile: true, isDirectory: false, isSymbolicLink: false },
    ]);
    await fs.utimes("/fast/ü", new Date(1000), new Date(2000));
    expect((await fs.stat("/fast/ü")).mtime).toEqual(new Date(2000));
    await fs.chmod("/fast/ü", 0o700);
    expect((await fs.stat("/fast/ü")).mode).toBe(0o700);
    expect(fs.resolvePath("/a/b", "../c/./d")).toBe("/a/c/d");
    expect(fs.resolvePath("/a", "/x/..")).toBe("/");
    await fs.mkdir("/late/d/e", { recursive: true });
    await expect(fs.rm("/late/d")).rejects.toThrow("ENOTEMPTY: directory not empty");
    await fs.rm("/late/d/e");
    await fs.rm("/fast/soft");
    expect([await fs.exists("/late/d/e"), await fs.exists("/fast/soft"), await fs.exists("/fast/ü")]).toEqual(
      [false, false, true],
    );
    await expect(fs.rm("/nowhere")).rejects.toThrow("ENOENT: no such file or directory");
    await fs.rm("/nowhere", { force: true });
    await expect(fs.cp("/late", "/tmp/x")).rejects.toThrow("EISDIR");
    await fs.cp("/late", "/tmp/x", { recursive: true });
    await fs.mv("/tmp/x", "/late/y");
    expect(await fs.readdir("/late/y")).toEqual(["bytes", "d"]);
    await vfs.close();
  });

  it("getAllPaths › names all that is there without waiting, and where the rest is mounted", async () => {
    const vfs = await mounted();
    await vfs.writeFile("/fast/a", "");
    await vfs.mkdir("/fast/d/e", { recursive: true });
    await vfs.writeFile("/late/b", "");
    await vfs.symlink("/fast", "/tmp/loop");
    expect(toIFileSystem(vfs).getAllPaths().toSorted()).toEqual([
      "/",
      "/fast",
      "/fast/a",
      "/fast/d",
      "/fast/d/e",
      "/late",
      "/tmp",
      "/tmp/loop",
    ]);
    await vfs.close();
  });
});
