import { readFileSync, statfsSync } from "node:fs";

/**
 * File systems of this machine, which answer from memory what was asked a moment ago; others may ask a server, or even
 * this very process.
 *
 * @see https://man7.org/linux/man-pages/man2/statfs.2.html
 */
const NEAR_TYPES: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlay
]);

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
  readonly #isNear: boolean;
  #lookedMs = -Infinity;
  #farAround = false;

  constructor(root: string) {
    this.#isNear = NEAR_TYPES.has(statfsSync(root).type);
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
