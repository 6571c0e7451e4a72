import { readFileSync, statfsSync } from "node:fs";
import { release } from "node:os";

/** What a file system does with the time of change of a directory that is renamed. */
type RenameTime = "exact" | "ticks" | "unknown";

/**
 * File systems of this machine, which answer from memory what was asked a moment ago; others may ask a server, or even
 * this very process. Most set the time of a directory that gets another name: since Linux 6.13 some of them to one that
 * differs from every time that somebody has seen, the others to the last tick of a clock.
 *
 * @see https://man7.org/linux/man-pages/man2/statfs.2.html
 * @see https://docs.kernel.org/filesystems/multigrain-ts.html
 */
const NEAR_TYPES: ReadonlyMap<number, RenameTime> = new Map([
  [0xef53, "exact"], // ext2, ext3, ext4
  [0x58465342, "exact"], // xfs
  [0x9123683e, "exact"], // btrfs
  [0xf2f52010, "ticks"], // f2fs
  [0x2fc12fc1, "unknown"], // zfs
  [0x01021994, "exact"], // tmpfs
  [0x858458f6, "ticks"], // ramfs
  [0x794c7630, "unknown"], // overlay
]);

/** More than ten ticks of the slowest clock that Linux has. */
const TICKS_MS = 100;
const IS_EXACT: boolean = isSince(release(), 6, 13);

function isSince(version: string, major: number, minor: number): boolean {
  const [itsMajor = 0, itsMinor = 0] = version.split(".").map(Number);
  return itsMajor > major || (itsMajor === major && itsMinor >= minor);
}

/** The names of those and of others that ask nobody, as the table of mounts has them. */
const NEAR_NAMES: ReadonlySet<string> = new Set(
  (
    "rootfs ext2 ext3 ext4 xfs btrfs f2fs zfs tmpfs ramfs overlay devtmpfs devpts mqueue hugetlbfs proc sysfs cgroup " +
    "cgroup2 securityfs debugfs tracefs configfs bpf pstore squashfs erofs iso9660 vfat exfat ntfs3"
  ).split(" "),
);

// How often the table of mounts is read again, at most.
const REST_MS = 1000;

/** Whether everything on the way to a root and below it is answered from the memory of this machine. */
export class NearRoot {
  /**
   * How long ago a directory must have been changed so that its next rename gives it another time; undefined where that
   * is not known.
   */
  readonly restMs: number | undefined;
  readonly #isNear: boolean;
  #lookedMs = -Infinity;
  #farAround = false;

  constructor(root: string) {
    const renames = NEAR_TYPES.get(statfsSync(root).type);
    this.#isNear = renames !== undefined;
    if (renames !== undefined && renames !== "unknown")
      this.restMs = renames === "exact" && IS_EXACT ? 0 : TICKS_MS;
  }

  /** @param place Where the root lies by now. */
  holds(place: string): boolean {
    if (!this.#isNear) return false;
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs >= REST_MS) {
      this.#lookedMs = nowMs;
      const table = mountTable();
      this.#farAround = table === undefined || isFarAround(place, table);
    }
    return !this.#farAround;
  }
}

/** The table of mounts of this process; undefined when it cannot be read. */
function mountTable(): string | undefined {
  try {
    return readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Whether a file system that may ask somebody is mounted at a directory, on the way to it, or below it.
 *
 * @param table The table of mounts, as the kernel writes it.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
 */
export function isFarAround(place: string, table: string): boolean {
  const prefix = place === "/" ? "/" : `${place}/`;
  return table.split("\n").some((line) => {
    if (line === "") return false;
    const [mount = "", source = ""] = line.split(" - ");
    if (NEAR_NAMES.has(source.split(" ")[0] ?? "")) return false;
    const at = unescaped(mount.split(" ")[4] ?? "");
    return at.startsWith(prefix) || at === "/" || prefix.startsWith(`${at}/`);
  });
}

/** Blanks and the like stand there as three octal digits. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
