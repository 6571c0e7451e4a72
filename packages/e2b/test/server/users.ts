import { chownSync, lchownSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { Refusal } from "./refusal.ts";

/** Who a command runs as, and whose the files are that it makes. */
export interface User {
  readonly name: string;
  /** Absent where this process may not choose: all is its own then. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
}

const MAY_CHOOSE = process.getuid?.() === 0;

/** The user of a sandbox: not root, where this process is, because root may read and write everything. */
const USER: User = { name: "user", ids: MAY_CHOOSE ? { uid: 1000, gid: 1000 } : undefined };
const ROOT: User = { name: "root", ids: MAY_CHOOSE ? { uid: 0, gid: 0 } : undefined };

/** The uid that files of the user have here. */
export const USER_ID: number = USER.ids?.uid ?? process.getuid?.() ?? 0;

export function userNamed(name: string | undefined): User {
  if (name === undefined || name === "" || name === "user") return USER;
  if (name === "root") return ROOT;
  throw new Refusal("unauthenticated", `invalid username: '${name}'`);
}

export function nameOfOwner(uid: number): string {
  return uid === USER_ID ? "user" : uid === 0 ? "root" : String(uid);
}

export function give(path: string, { ids }: User, isLink = false): void {
  if (ids !== undefined) (isLink ? lchownSync : chownSync)(path, ids.uid, ids.gid);
}

/** Makes a directory and those that it needs, each the user's. */
export function makeDirectories(path: string, user: User): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o755 });
  if (first === undefined) return;
  for (let at = path; at.length >= first.length; at = dirname(at)) give(at, user);
}
