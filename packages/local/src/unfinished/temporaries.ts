import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import type { HostPath } from "../host/host.ts";
import { isGone, thisProcess, type ProcessMark } from "./owner-process.ts";

const PREFIX = ".vfs-tmp-";
const PATTERN = /^\.vfs-tmp-([0-9a-f]{8})-([0-9a-z]{1,8})-(\d{1,20})-[0-9a-f]{12}-[0-9a-z]{1,12}$/;

/** How long what a process left that cannot be asked about is let be. */
const FOREIGN_REST_MS = 24 * 60 * 60 * 1000;

/**
 * Whether a name is one of those under which unfinished files lie beside what they will become. They are in no
 * listing, and no path leads to them.
 */
export function isTemporary(name: HostPath): boolean {
  return typeof name === "string" && name.startsWith(PREFIX) && PATTERN.test(name);
}

/** Whether a path might have such a name in it; quickly. */
export function mayBeTemporary(path: string): boolean {
  return path.includes(`/${PREFIX}`);
}

/** Names for unfinished files, which tell whose they are. */
export class Temporaries {
  readonly #here: ProcessMark = thisProcess();
  readonly #stem: string;
  #count = 0;

  constructor() {
    const { where, pid, began } = this.#here;
    // Threads of one process have the same mark, hence the random part.
    this.#stem = `${PREFIX}${where}-${pid.toString(36)}-${began}-${randomBytes(6).toString("hex")}-`;
  }

  /** A name that nothing has. */
  next(): string {
    return this.#stem + (this.#count++).toString(36);
  }

  /** Whether nobody will ever finish what lies under such a name. */
  isLeft(name: string, { mtimeMs }: Stats): boolean {
    const [, where = "", pid = "", began = ""] = PATTERN.exec(name) ?? [];
    if (where !== this.#here.where) return mtimeMs < Date.now() - FOREIGN_REST_MS;
    return isGone({ where, pid: Number.parseInt(pid, 36), began }, this.#here);
  }
}
