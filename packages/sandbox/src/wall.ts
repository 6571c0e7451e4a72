import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

// Where Linux keeps the libraries that Node itself is linked with.
const LIBRARIES = ["/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/etc/ld.so.cache"];

// Nothing is shared with the host, nobody can write to its terminal, and it ends with those who started it.
const WALLS =
  "--unshare-all --die-with-parent --new-session --clearenv --cap-drop ALL --proc /proc --dev /dev".split(
    " ",
  );

/**
 * The command that puts Linux's own walls around a process: bubblewrap, with namespaces of its own for files, processes,
 * users and the network. It sees Node, the libraries of the system and what the guest may read; nothing can be written.
 *
 * @throws Error when bubblewrap is not installed.
 * @see https://github.com/containers/bubblewrap
 */
export function wall(readable: readonly string[]): readonly string[] {
  const files = [...LIBRARIES, realpathSync(process.execPath), process.execPath];
  return [
    bubblewrap(),
    ...WALLS,
    ...[...new Set(files)].flatMap((path) => (existsSync(path) ? ["--ro-bind", path, path] : [])),
    ...[...new Set(readable)].flatMap((path) => shown(path, readable)),
    "--remount-ro",
    "/",
    "--chdir",
    "/",
    "--",
  ];
}

/** A link to what is there is one inside, too: from where a package lies Node finds what it needs, not from its name. */
function shown(path: string, readable: readonly string[]): readonly string[] {
  if (!existsSync(path)) return [];
  const isLink = lstatSync(path).isSymbolicLink() && readable.includes(realpathSync(path));
  return isLink ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path];
}

function bubblewrap(): string {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder.startsWith("/"))
    .map((folder) => join(folder, "bwrap"))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  if (process.platform === "linux" && found !== undefined) return found;
  throw new Error(
    'isolation "strict" needs Linux with bubblewrap: install it (apt install bubblewrap), or leave isolation as it is',
  );
}
