import type { Capabilities, Vfs } from "@vfs/core";

/** Two who are not root. */
export const ADA: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] } = {
  uid: 1000,
  gid: 1000,
  groups: [50],
};
export const BOB: { readonly uid: number; readonly gid: number } = { uid: 1001, gid: 1001 };

/** Whether a store checks what they may do. */
export const checksPermissions = ({ write, permissions }: Capabilities): boolean => write && permissions;

/** Who owns what lies at a path, and with which bits. */
export async function owned(
  vfs: Vfs,
  path: string,
): Promise<readonly [uid: number, gid: number, mode: number]> {
  const { uid, gid, mode } = await vfs.lstat(path);
  return [uid, gid, mode & 0o7777];
}

/** A directory of ada's, with a part that nobody else may read: `/home/open`, `/home/closed/secret.txt`. */
export async function home(vfs: Vfs): Promise<{ ada: Vfs; bob: Vfs }> {
  const ada = vfs.view({ identity: ADA });
  await vfs.mkdir("/home");
  await vfs.chown("/home", ADA.uid, ADA.gid);
  await ada.writeFile("/home/open", "open");
  await ada.mkdir("/home/closed", { mode: 0o700 });
  await ada.writeFile("/home/closed/secret.txt", "secret");
  return { ada, bob: vfs.view({ identity: BOB }) };
}

/** A directory that everybody may write. */
export async function shared(vfs: Vfs, mode = 0o777): Promise<{ ada: Vfs; bob: Vfs }> {
  await vfs.mkdir("/shared");
  await vfs.chmod("/shared", mode);
  return { ada: vfs.view({ identity: ADA }), bob: vfs.view({ identity: BOB }) };
}
