import { HostError } from "../../python/guest/channel.ts";
import type { Files } from "../../guest/files.ts";
import type { Rewriter } from "./rewrite.ts";

/** What can be had without a file. */
const BUILT_IN: ReadonlySet<string> = new Set(
  `assert assert/strict buffer console crypto events fs fs/promises os path path/posix process timers timers/promises
  util`.split(/\s+/),
);

/** How a file is run. */
export type Format = "module" | "script" | "json";

const ENDINGS = ["", ".js", ".json", ".mjs", ".cjs"] as const;

interface Manifest {
  readonly type?: unknown;
  readonly main?: unknown;
  readonly exports?: unknown;
}

/** What `require` and `import` mean, as Node has it, among the live files. */
export class Resolver {
  readonly #files: Files;
  readonly #rewriter: Rewriter;

  constructor(files: Files, rewriter: Rewriter) {
    this.#files = files;
    this.#rewriter = rewriter;
  }

  /**
   * The file that a specifier leads to from a directory, or `node:` and a name.
   *
   * @throws HostError `MODULE_NOT_FOUND`.
   */
  resolve(specifier: string, directory: string, condition: "import" | "require"): string {
    const name = specifier.replace(/^node:/, "");
    if (BUILT_IN.has(name)) return `node:${name}`;
    const found = specifier.startsWith("node:") ? undefined : this.#find(specifier, directory, condition);
    if (found !== undefined) return this.#files.realpath(found);
    throw new HostError("MODULE_NOT_FOUND", `Cannot find module '${specifier}'${hint(name)}`);
  }

  formatOf(path: string): Format {
    if (path.endsWith(".json")) return "json";
    if (path.endsWith(".mjs")) return "module";
    if (path.endsWith(".cjs")) return "script";
    for (let at = path; at !== "/";) {
      at = parentOf(at);
      const manifest = this.#manifest(at);
      if (manifest === undefined) continue;
      if (manifest.type === "module") return "module";
      if (manifest.type === "commonjs") return "script";
      break;
    }
    return this.#rewriter.isModule(this.#files.text(path)) ? "module" : "script";
  }

  #find(specifier: string, directory: string, condition: string): string | undefined {
    if (specifier.startsWith("file://")) return this.#file(decodeURIComponent(specifier.slice(7)));
    if (specifier.startsWith("/")) return this.#file(normal(specifier));
    if (/^\.\.?(?:\/|$)/.test(specifier)) return this.#file(normal(`${directory}/${specifier}`));
    const [, name = "", rest = ""] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(specifier) ?? [];
    for (let at = directory; ; at = parentOf(at)) {
      const folder = `${at === "/" ? "" : at}/node_modules/${name}`;
      if (this.#files.is(folder, "directory")) return this.#inPackage(folder, rest, condition);
      if (at === "/") return undefined;
    }
  }

  /** A file, with the endings that may be left out, or that of a folder. */
  #file(path: string): string | undefined {
    for (const ending of ENDINGS) if (this.#files.is(path + ending, "file")) return path + ending;
    if (!this.#files.is(path, "directory")) return undefined;
    const main = this.#manifest(path)?.main;
    const named = typeof main === "string" ? this.#file(normal(`${path}/${main}`)) : undefined;
    return (
      named ??
      ["/index.js", "/index.json"].map((name) => path + name).find((at) => this.#files.is(at, "file"))
    );
  }

  #inPackage(folder: string, rest: string, condition: string): string | undefined {
    const exported = this.#manifest(folder)?.exports;
    if (exported === undefined || exported === null) return this.#file(folder + rest);
    const target = targetOf(exported, `.${rest}`, condition);
    return target === undefined ? undefined : this.#file(normal(`${folder}/${target}`));
  }

  #manifest(folder: string): Manifest | undefined {
    const path = `${folder === "/" ? "" : folder}/package.json`;
    if (!this.#files.is(path, "file")) return undefined;
    try {
      return JSON.parse(this.#files.text(path)) as Manifest;
    } catch {
      return {};
    }
  }
}

/** What the `exports` of a package say of one of its parts. */
function targetOf(exported: unknown, part: string, condition: string): string | undefined {
  if (typeof exported === "string") return part === "." ? exported : undefined;
  if (Array.isArray(exported))
    return exported.map((one) => targetOf(one, part, condition)).find((one) => one !== undefined);
  if (typeof exported !== "object" || exported === null) return undefined;
  const entries = Object.entries(exported as Record<string, unknown>);
  if (!entries.some(([key]) => key.startsWith("."))) {
    const chosen = entries.find(([key]) => [condition, "node", "default"].includes(key));
    return chosen === undefined ? undefined : targetOf(chosen[1], part, condition);
  }
  for (const [key, value] of entries) {
    if (key === part) return targetOf(value, ".", condition);
    const [before, after] = key.split("*");
    if (before === undefined || after === undefined) continue;
    if (!part.startsWith(before) || !part.endsWith(after) || part.length < key.length) continue;
    const middle = part.slice(before.length, part.length - after.length);
    return targetOf(value, ".", condition)?.replaceAll("*", middle);
  }
  return undefined;
}

/** The directory that a path is in. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/"))
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  return `/${parts.join("/")}`;
}

function hint(name: string): string {
  return /^(?:child_process|cluster|dgram|dns|http|https|http2|net|tls|vm|worker_threads)$/.test(name)
    ? ": a session has files, and neither processes nor a network"
    : "";
}
