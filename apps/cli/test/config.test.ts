import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi, afterEach } from "vitest";
import { awsCredentials, e2bKey, nodeVersion } from "../src/doctor/checks.ts";
import { newFolder, typedIn } from "./helpers.ts";

let folder: string;
let vfs: ReturnType<typeof typedIn>;

beforeEach(() => {
  folder = newFolder();
  vfs = typedIn(folder);
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data", "a.txt"), "alpha");
});
afterEach(() => vi.unstubAllEnvs());

const configure = (name: string, content: string): void => writeFileSync(join(folder, name), content);

describe("a configuration", () => {
  const MOUNTS = {
    mounts: { "/data": "file:./data", "/db": { store: "sqlite:./x.db", layers: ["retry", "cache"] } },
  };
  const FILES = {
    "vfs.config.json": JSON.stringify(MOUNTS),
    "vfs.config.yaml":
      "mounts:\n  /data: file:./data\n  /db: { store: sqlite:./x.db, layers: [retry, cache] }\n",
    "vfs.config.js": `module.exports = ${JSON.stringify(MOUNTS)};`,
    "vfs.config.mjs": `export default ${JSON.stringify(MOUNTS)};`,
    "vfs.config.ts": `const config: object = ${JSON.stringify(MOUNTS)};\nexport default config;`,
  };
  for (const [name, content] of Object.entries(FILES))
    it(`makes locations of paths: ${name}`, async () => {
      configure(name, content);
      expect(await vfs(["ls", "/data"])).toEqual({ code: 0, stdout: "a.txt\n", stderr: "" });
      expect(await vfs(["cp", "/data/a.txt", "/db/b.txt"])).toEqual({ code: 0, stdout: "", stderr: "" });
      expect(await vfs(["cat", "sqlite:./x.db:/b.txt"])).toMatchObject({ stdout: "alpha" });
    });

  it("makes a database when something is written into it, and not when somebody looks, or writes elsewhere", async () => {
    configure("vfs.config.json", FILES["vfs.config.json"]);
    expect(await vfs(["ls", "/db"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await vfs(["find", "/"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("/data/a.txt") as string,
    });
    await vfs(["touch", "/data/b"]);
    expect([existsSync(join(folder, "data", "b")), existsSync(join(folder, "x.db"))]).toEqual([true, false]);
    await vfs(["touch", "/db/b"]);
    expect((await vfs(["ls", "/db"])).stdout).toBe("b\n");
  });

  it("starts from where it is, and is named by --config or VFS_CONFIG, or left out", async () => {
    configure("other.yaml", "mounts: { /there: file:./data }");
    const elsewhere = typedIn(newFolder());
    expect((await elsewhere(["ls", "--config", join(folder, "other.yaml"), "/there"])).stdout).toBe(
      "a.txt\n",
    );
    vi.stubEnv("VFS_CONFIG", join(folder, "other.yaml"));
    expect((await elsewhere(["ls", "/there"])).stdout).toBe("a.txt\n");
    expect((await elsewhere(["ls", "--no-config", "/there"])).code).toBe(1);
    expect((await elsewhere(["ls", "--config", "none.yaml", "/"])).stderr).toBe(
      "vfs: none.yaml: there is no such configuration\n",
    );
  });

  it("gives way to --mount at the same path, and is read-only where it says so", async () => {
    configure(
      "vfs.config.json",
      JSON.stringify({ mounts: { "/data": { store: "file:./data", readOnly: true }, "/m": "memory:" } }),
    );
    expect((await vfs(["rm", "/data/a.txt"])).stderr).toContain("read-only");
    mkdirSync(join(folder, "b"));
    expect(await vfs(["ls", "--mount", "/data=file:b", "/data"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    expect((await vfs(["touch", "/m/x"])).stderr).toContain("is in memory that ends with this command");
    expect((await vfs(["touch", "/data/x"])).code).toBe(1);
  });

  it("is not seen by untrusted code, unless it is named", async () => {
    configure("vfs.config.json", FILES["vfs.config.json"]);
    const list = ["-c", "import os; print(os.listdir('/data'))"];
    expect((await vfs(["run", ...list])).stdout).toBe("[]\n");
    expect((await vfs(["run", "--config", "vfs.config.json", ...list])).stdout).toBe("['data', 'db']\n");
  });

  it("does not stand in the way of what needs none of it", async () => {
    configure("vfs.config.yaml", "mounts: { /data: file:./none, /b: 's3://${env.VFS_TEST_NONE}' }");
    expect((await vfs(["ls", "file:data"])).stdout).toBe("a.txt\n");
    const { code, stderr } = await vfs(["ls", "/data"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("mounts./b: the environment has no VFS_TEST_NONE"),
    ]);
  });

  const WRONG: [content: string, complaint: string][] = [
    ["[]", "it is to be an object"],
    ["mounts: [", "Flow sequence"],
    ["mount: {}", "vfs.config.yaml.mount: there is no such setting; did you mean mounts?"],
    ["mounts: { data: file:. }", "mounts.data: a mount is a path that begins with a slash"],
    ["mounts: { /a/../b: file:. }", "mounts./a/../b: a mount is a path"],
    ["mounts: { /a: { stor: file:. } }", "mounts./a.stor: there is no such setting; did you mean store?"],
    ["mounts: { /a: { store: file:., region: x } }", "mounts./a.region: only a bucket has that"],
    ["mounts: { /a: { store: file:., readOnly: 'yes' } }", "mounts./a.readOnly: it is true or false"],
    ["mounts: { /a: fil:. }", 'there is no store "fil:"; did you mean file:?'],
    ["mounts: { /a: { store: file:., layers: [cahce] } }", 'there is no layer "cahce"; did you mean cache?'],
    [
      "mounts: { /a: { store: file:., layers: [{ retry: { attempts: 0 } }] } }",
      "mounts./a.layers[0]: attempts",
    ],
    ["mounts: { /a: { store: file:., layers: [toString] } }", 'there is no layer "toString"'],
    [
      "mounts: { /a: 'file:${env.VFS_TEST_NONE}' }",
      "mounts./a: the environment has no VFS_TEST_NONE; set it",
    ],
    [
      "mounts: { /a: { store: 's3://b', credentials: { accessKeyId: x } } }",
      "credentials.secretAccessKey: it is missing",
    ],
  ];
  for (const [content, complaint] of WRONG)
    it(`says what is wrong with it, with 2: ${content}`, async () => {
      configure("vfs.config.yaml", content);
      const { code, stderr } = await vfs(["ls", "/a"]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(complaint)]);
    });
});

describe("references to the environment", () => {
  it("are resolved, from a file too, and what the environment has goes first", async () => {
    vi.stubEnv("VFS_TEST_DIR", undefined);
    vi.stubEnv("VFS_TEST_OTHER", "data");
    configure(
      "vfs.config.yaml",
      "mounts: { /a: 'file:./${env.VFS_TEST_DIR}', /b: 'file:./${env.VFS_TEST_NONE:-data}', /c: 'file:./${env.VFS_TEST_OTHER}' }",
    );
    configure(".env", "VFS_TEST_DIR=data\nVFS_TEST_OTHER=none\n");
    expect((await vfs(["ls", "/a"])).code).toBe(2);
    for (const path of ["/a", "/b", "/c"])
      expect(await vfs(["ls", "--env-file", ".env", path]), path).toEqual({
        code: 0,
        stdout: "a.txt\n",
        stderr: "",
      });
    expect((await vfs(["ls", "--env-file", "none", "/a"])).stderr).toBe("vfs: --env-file none: ENOENT\n");
    delete process.env["VFS_TEST_DIR"];
  });

  it("give an encrypted mount its passphrase, which is never told", async () => {
    vi.stubEnv("VFS_TEST_WORD", "correct horse");
    configure(
      "vfs.config.yaml",
      "mounts: { /safe: { store: file:./data, layers: [{ encrypt: { passphrase: '${env.VFS_TEST_WORD}', iterations: 1000 } }] } }",
    );
    const wrong = await vfs(["mounts"]);
    expect(wrong.stdout + wrong.stderr).not.toContain("correct horse");
    mkdirSync(join(folder, "safe"));
    configure(
      "vfs.config.yaml",
      "mounts: { /safe: { store: file:./safe, layers: [{ encrypt: { passphrase: '${env.VFS_TEST_WORD}', iterations: 100000 } }] } }",
    );
    expect(await vfs(["cp", "file:data/a.txt", "/safe/a.txt"])).toMatchObject({ code: 0, stderr: "" });
    expect((await vfs(["cat", "/safe/a.txt"])).stdout).toBe("alpha");
    expect(readFileSync(join(folder, "safe", "a.txt"), "utf8")).not.toContain("alpha");
    vi.stubEnv("VFS_TEST_WORD", "another word");
    const refused = await vfs(["--debug", "cat", "/safe/a.txt"]);
    expect(refused.code).toBe(1);
    expect(refused.stdout + refused.stderr).not.toMatch(/alpha|another word/);
  });
});

describe("mounts", () => {
  it("tells what is mounted, and what cannot be reached, with 1", async () => {
    configure(
      "vfs.config.yaml",
      "layers: [retry]\nmounts: { /data: { store: file:./data, readOnly: true }, /none: file:./none }",
    );
    const { code, stdout } = await vfs(["mounts", "--mount", "/m=memory:"]);
    expect([code, stdout.split("\n").map((line) => line.replaceAll(/ {2,}/g, " | "))]).toEqual([
      1,
      [
        "/m | memory: | 0 files, 0 B".replace("| 0", "|  | 0").replace("|  |", "|"),
        "/data | file:./data | read-only, retry | can be reached",
        `/none | file:./none | retry | cannot be reached: file:${join(folder, "none")}: not a directory (only a directory can be mounted)`,
        "",
      ],
    ]);
    const lines = (await vfs(["mounts", "--json"])).stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { path: "/data", provider: "local", readOnly: true, layers: ["retry"] },
      { path: "/none", error: expect.stringContaining("not a directory") as string },
    ]);
    expect(await vfs(["mounts", "--no-config"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\/cwd /) as string,
    });
  });
});

describe("doctor", () => {
  it("tells what works, what does not and why, and no credentials", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKSECRET");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "SKSECRET");
    vi.stubEnv("E2B_API_KEY", "E2BSECRET");
    const { code, stdout, stderr } = await vfs(["doctor"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^ok +Node +\d+\.\d+\.\d+ on /m);
    expect(stdout).toMatch(/^ok +sqlite: +better-sqlite3/m);
    expect(stdout).toMatch(/^ok +run +Python 3\.\d+\.\d+ \(Pyodide\) starts in [\d.]+ s$/m);
    expect(stdout).toMatch(/^ok +s3: +credentials in the environment/m);
    expect(stdout).toMatch(/^ok +e2b: +a key/m);
    expect(stdout).not.toContain("SECRET");
    configure("vfs.config.yaml", "mounts: { /a: fil:. }");
    const broken = await vfs(["doctor", "--no-python", "--json"]);
    expect(broken.code).toBe(1);
    const findings = broken.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { name: string; state: string });
    expect(findings.find(({ name }) => name === "configuration")).toMatchObject({
      state: "broken",
      detail: expect.stringContaining("did you mean file:?") as string,
    });
  });

  it("names what is missing, and what would help", () => {
    expect(nodeVersion("22.13.1")).toMatchObject({ state: "broken", fix: "install 22.14 or later" });
    expect([nodeVersion("22.14.0").state, nodeVersion("24.0.1").state]).toEqual(["works", "works"]);
    expect(awsCredentials({ AWS_ACCESS_KEY_ID: "a" }, folder)).toMatchObject({
      state: "missing",
      fix: "set AWS_SECRET_ACCESS_KEY too",
    });
    expect(awsCredentials({ AWS_PROFILE: "p" }, folder).detail).toBe("credentials of a profile");
    expect(awsCredentials({}, folder).state).toBe("missing");
    mkdirSync(join(folder, ".aws"));
    writeFileSync(join(folder, ".aws", "credentials"), "");
    expect(awsCredentials({}, folder).detail).toBe("credentials in a file");
    expect(e2bKey({}).fix).toBe("set E2B_API_KEY");
  });
});
