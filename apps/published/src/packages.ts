import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the workspace. */
export const ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));

/** What is read of a `package.json`. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
}

/** A package that is published, and where it is. */
export interface Published {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Every package of the workspace that is published, by name. */
export function published(): Published[] {
  return globSync("{packages,apps}/*/package.json", { cwd: ROOT })
    .map((path) => ({
      folder: join(ROOT, dirname(path)),
      manifest: JSON.parse(readFileSync(join(ROOT, path), "utf8")) as Manifest,
    }))
    .filter(({ manifest }) => manifest.private !== true)
    .sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
}

/** The ways into a package: `@vfs/core`, `@vfs/core/sha256`. */
export function entriesOf({ manifest }: Published): string[] {
  return Object.keys(manifest.exports ?? {})
    .filter((entry) => entry !== "./package.json")
    .map((entry) => manifest.name + entry.slice(1));
}
