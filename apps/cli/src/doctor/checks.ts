import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { link, mkdtemp, open, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createVfs } from "@vfs/core";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { createSession, python } from "@vfs/sandbox";
import { sqlite } from "@vfs/sqlite";
import { loadConfig } from "../config/config.ts";

/** Whether something works here. */
export interface Finding {
  readonly name: string;
  /** `missing`: something else works without it. `broken`: it ought to work, and does not. */
  readonly state: "works" | "missing" | "broken";
  readonly detail: string;
  /** What would help. */
  readonly fix?: string | undefined;
}

interface Where {
  readonly cwd: string;
  readonly config: string | undefined;
  readonly startsPython: boolean;
  readonly signal: AbortSignal;
}

const run = promisify(execFile);

/** Looks at one thing after another; each is tried, where trying does no harm. */
export async function* checks(where: Where): AsyncIterable<Finding> {
  yield nodeVersion(process.versions.node);
  yield await databases();
  yield where.startsPython ? await interpreter(where.signal) : await interpreterFiles();
  yield await bubblewrap();
  yield awsCredentials(process.env);
  yield e2bKey(process.env);
  yield* await directories();
  yield await configuration(where);
  yield editor(process.env);
}

/** What the command asks for: `better-sqlite3` ends the process on older ones. */
export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isEnough = major > 22 || (major === 22 && minor >= 14);
  if (isEnough) return works("Node", `${version} on ${process.platform} ${process.arch}`);
  return { name: "Node", state: "broken", detail: version, fix: "install 22.14 or later" };
}

async function databases(): Promise<Finding> {
  try {
    await using vfs = createVfs(sqlite({ file: ":memory:" }));
    await vfs.writeFile("/a", "a");
    return works("sqlite:", "better-sqlite3 is there and works");
  } catch (error) {
    return broken("sqlite:", error, "install it again for this Node: npm rebuild better-sqlite3");
  }
}

async function interpreter(signal: AbortSignal): Promise<Finding> {
  const begun = performance.now();
  try {
    await using session = await createSession({ vfs: createVfs(memory()), engine: python() });
    const { ok, stdout, error } = await session.execute("import sys; print(sys.version.split()[0])", {
      signal,
    });
    if (!ok) return broken("run", new Error(error?.message), "see vfs run --debug -c 'print(1)'");
    const took = ((performance.now() - begun) / 1000).toFixed(1);
    return works("run", `Python ${stdout.trim()} (Pyodide) starts in ${took} s`);
  } catch (error) {
    signal.throwIfAborted();
    return broken("run", error, "install @vfs/sandbox again, with its pyodide");
  }
}

async function interpreterFiles(): Promise<Finding> {
  try {
    python();
    return works("run", "the sandbox is installed; it was not started");
  } catch (error) {
    return broken("run", error, "install @vfs/sandbox again, with its pyodide");
  }
}

async function bubblewrap(): Promise<Finding> {
  const name = "bubblewrap";
  if (process.platform !== "linux") return missing(name, "there is none for this system");
  try {
    await run("bwrap", ["--version"]);
  } catch {
    return missing(name, "not installed; the sandbox does without it", "apt-get install bubblewrap");
  }
  try {
    await run("bwrap", ["--ro-bind", "/", "/", "--unshare-all", "true"]);
    return works(name, "installed, and may make namespaces");
  } catch {
    return missing(
      name,
      "installed, but it may not make namespaces here",
      "allow unprivileged user namespaces",
    );
  }
}

/** Whether there are any, never which. */
export function awsCredentials(env: NodeJS.ProcessEnv, home: string = homedir()): Finding {
  const name = "s3:";
  const at =
    env["AWS_ENDPOINT_URL_S3"] || env["AWS_ENDPOINT_URL"] ? ", for a store that is not Amazon's" : "";
  const [id, secret] = [env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]];
  if (id && secret) return works(name, `credentials in the environment${at}`);
  if (id || secret)
    return missing(
      name,
      "half of the credentials",
      `set ${id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"} too`,
    );
  if (env["AWS_PROFILE"]) return works(name, `credentials of a profile${at}`);
  const file = env["AWS_SHARED_CREDENTIALS_FILE"] || join(home, ".aws", "credentials");
  if (existsSync(file)) return works(name, `credentials in a file${at}`);
  if (env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] || env["AWS_WEB_IDENTITY_TOKEN_FILE"])
    return works(name, `credentials of this container${at}`);
  return missing(name, "no credentials", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE");
}

export function e2bKey(env: NodeJS.ProcessEnv): Finding {
  if (env["E2B_API_KEY"]) return works("e2b:", "a key in the environment");
  return missing("e2b:", "no key", "set E2B_API_KEY");
}

/** What `file:` can do here, tried in a temporary folder. */
async function directories(): Promise<Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), "vfs-doctor-"));
  const able = async (name: string, action: () => Promise<unknown>, without: string): Promise<Finding> => {
    try {
      await action();
      return works(`file: ${name}`, "works");
    } catch (error) {
      return missing(`file: ${name}`, `${(error as NodeJS.ErrnoException).code ?? "fails"}: ${without}`);
    }
  };
  try {
    await writeFile(join(folder, "a"), "");
    await using vfs = createVfs(local({ root: folder }));
    return [
      await able("files", () => vfs.writeFile("/b", "b"), "nothing can be written to the temporary folder"),
      await able("links", () => symlink("a", join(folder, "link")), "symbolic links cannot be made"),
      await able(
        "hard links",
        () => link(join(folder, "a"), join(folder, "also")),
        "hard links cannot be made",
      ),
      await able("watch", () => watchOnce(folder), "changes by others are looked for again and again"),
      await able("races", () => throughDescriptor(folder), "a path is checked, and used a moment later"),
      works("file: case", existsSync(join(folder, "A")) ? "a and A are one name" : "a and A are two names"),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Whether the kernel tells of changes. */
async function watchOnce(folder: string): Promise<void> {
  const { watch } = await import("node:fs");
  watch(folder).close();
}

/** Linux alone lets an open directory be named, whatever becomes of its name. */
async function throughDescriptor(folder: string): Promise<void> {
  const directory = await open(folder);
  try {
    await (await open(`/proc/self/fd/${directory.fd}/a`)).close();
  } finally {
    await directory.close();
  }
}

async function configuration({ cwd, config }: Where): Promise<Finding> {
  try {
    const loaded = await loadConfig(config, cwd);
    if (loaded === undefined) return missing("configuration", "none here", "see vfs help mounts");
    const problem = loaded.mounts.find((spec) => spec.problem !== undefined)?.problem;
    if (problem !== undefined) return broken("configuration", problem);
    return works("configuration", `${loaded.file}: ${loaded.mounts.length} mounts; vfs mounts tries them`);
  } catch (error) {
    return broken("configuration", error);
  }
}

function editor({ VISUAL, EDITOR }: NodeJS.ProcessEnv): Finding {
  if (VISUAL || EDITOR) return works("edit", VISUAL ? "VISUAL is set" : "EDITOR is set");
  return missing("edit", "neither VISUAL nor EDITOR is set: vi is tried", "set EDITOR");
}

function works(name: string, detail: string): Finding {
  return { name, state: "works", detail };
}

function missing(name: string, detail: string, fix?: string): Finding {
  return { name, state: "missing", detail, fix };
}

function broken(name: string, error: unknown, fix?: string): Finding {
  return { name, state: "broken", detail: error instanceof Error ? error.message : "it fails", fix };
}
