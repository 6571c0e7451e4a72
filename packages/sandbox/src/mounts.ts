import type { Vfs } from "@vfs/core";
import type { MountPoint } from "./engine.ts";

/** Files for a session: a Vfs or a view of one, as it is or only to be read. */
export type Mount = Vfs | { readonly vfs: Vfs; readonly readOnly?: boolean | undefined };

// Folders of the interpreter itself.
const RESERVED = /^\/(?:dev|lib|proc|run|tmp)(?:\/|$)|\/\.{1,2}(?:\/|$)/;

/**
 * All files of a session, those at which the code begins first.
 *
 * @throws TypeError when there are none, or they are where they cannot be.
 */
export function resolveMounts(
  vfs: Vfs | undefined,
  mountPath: string | undefined,
  mounts: Readonly<Record<string, Mount>>,
): readonly [MountPoint, ...MountPoint[]] {
  if (vfs === undefined && mountPath !== undefined)
    throw new TypeError("mountPath says where `vfs` is: give a vfs, or name the place in `mounts` alone");
  const own = vfs === undefined ? [] : [{ path: mountPath ?? "/data", vfs }];
  const all = [...own, ...Object.entries(mounts).map(([path, mount]) => ({ path, vfs: filesOf(mount) }))];
  all.forEach(({ path }, i) => checkPlace(path, all.slice(0, i)));
  const [first, ...rest] = all;
  if (first === undefined) throw new TypeError("a session needs files: give it `vfs` or `mounts`");
  return [first, ...rest];
}

function filesOf(mount: Mount): Vfs {
  if (!("vfs" in mount)) return mount;
  return mount.readOnly === true ? mount.vfs.view({ readOnly: true }) : mount.vfs;
}

function checkPlace(path: string, others: readonly MountPoint[]): void {
  if (!/^(?:\/[^/\0]+)+$/.test(path) || RESERVED.test(path))
    throw new TypeError(
      `mountPath must be an absolute path that the interpreter does not need itself, got "${path}"`,
    );
  const other = others.find((one) => isWithin(path, one.path) || isWithin(one.path, path));
  if (other !== undefined)
    throw new TypeError(
      `"${path}" and "${other.path}" lie within each other: mount one Vfs in the other with vfs.mount()`,
    );
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/**
 * Which files a path of the code is in, and what it is called there.
 *
 * @throws TypeError when it is in none.
 */
export function placeOf(
  path: string,
  mounts: readonly [MountPoint, ...MountPoint[]],
): readonly [Vfs, string] {
  const whole = resolvePath(mounts[0].path, path);
  const mount = mounts.find((one) => isWithin(whole, one.path));
  if (mount === undefined)
    throw new TypeError(
      `"${path}" is in none of the session's files, which are at ${mounts.map((one) => one.path).join(", ")}`,
    );
  return [mount.vfs, whole.slice(mount.path.length) || "/"];
}

/** As `path.posix.resolve`, which browsers do not have. */
function resolvePath(from: string, path: string): string {
  const names: string[] = [];
  for (const name of (path.startsWith("/") ? path : `${from}/${path}`).split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}
