import { execFileSync } from "node:child_process";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";
import { chromium, type Browser, type BrowserContext } from "playwright-core";

/** A name of this machine under which a page is no secure context. */
export const INSECURE_HOST = "insecure.test";

// What the package gives as launch arguments is for a cloud function: one process, no site isolation, no isolated pages.
const ARGUMENTS: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`,
];

interface LaunchOptions {
  readonly executablePath: string;
  readonly args: string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Starts a browser; what its pages store is in memory, apart for each of its contexts. */
export async function launch(): Promise<Browser> {
  return chromium.launch({ headless: true, ...(await chromiumOptions()) });
}

/**
 * Starts a browser with a new profile on the disk, as users have one: OPFS is many times as fast there as in memory.
 * Closing it removes the profile.
 */
export async function launchProfile(args: readonly string[] = []): Promise<BrowserContext> {
  const options = await chromiumOptions();
  const profile = mkdtempSync(join(tmpdir(), "vfs-profile-"));
  const all = [...options.args, ...args];
  const context = await chromium.launchPersistentContext(profile, { headless: true, ...options, args: all });
  context.on("close", () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
  profiles.set(context, profile);
  return context;
}

const profiles = new WeakMap<BrowserContext, string>();

/** A browser for several processes, which connect to it by `chromium.connectOverCDP(endpoint)`. */
export interface Server extends AsyncDisposable {
  readonly endpoint: string;
}

/** Starts a browser for several processes: its first context has a profile on the disk, new ones are in memory. */
export async function launchServer(): Promise<Server> {
  const context = await launchProfile(["--remote-debugging-port=0"]);
  const [port, path] = readFileSync(join(profiles.get(context) ?? "", "DevToolsActivePort"), "utf8").split(
    "\n",
  );
  return {
    endpoint: `ws://127.0.0.1:${port}${path}`,
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/**
 * How to start the Chromium that the npm package carries. It is unpacked once, beside the package's other caches; the
 * libraries that come with it are used where the machine lacks them.
 */
async function chromiumOptions(): Promise<LaunchOptions> {
  const packed = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "..", "bin");
  const cache = fileURLToPath(new URL("../node_modules/.cache/chromium-153.0.0", import.meta.url));
  mkdirSync(cache, { recursive: true });
  const executablePath = join(cache, "chromium");
  if (!existsSync(executablePath)) await unpack(join(packed, "chromium.br"), executablePath);
  const env: NodeJS.ProcessEnv = { ...process.env, TZ: "UTC" };
  if (lacksLibraries(executablePath)) {
    const libraries = join(cache, "al2023");
    if (!existsSync(libraries)) await unpackFolder(join(packed, "al2023.tar.br"), libraries);
    env["LD_LIBRARY_PATH"] = join(libraries, "lib");
  }
  return { executablePath, args: [...ARGUMENTS], env };
}

/** Under a name of its own until it is whole: another run may look for it meanwhile. */
async function unpack(from: string, to: string): Promise<void> {
  const part = `${to}.${process.pid}`;
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(part, { mode: 0o755 }));
  renameSync(part, to);
}

async function unpackFolder(from: string, to: string): Promise<void> {
  const [archive, part] = [`${to}.tar`, `${to}.${process.pid}`];
  await unpack(from, archive);
  mkdirSync(part, { recursive: true });
  execFileSync("tar", ["-xf", archive, "-C", part]);
  rmSync(archive);
  renameSync(part, to);
}

function lacksLibraries(executable: string): boolean {
  return execFileSync("ldd", [executable], { encoding: "utf8" }).includes("not found");
}
