import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process, so that another one can tell later whether it still runs. */
export interface ProcessMark {
  /** Where its number means something: one boot of one machine, and there one namespace of processes. */
  readonly where: string;
  readonly pid: number;
  /** When it began, in the kernel's ticks; `0` where that is not known. The same number may be used again later. */
  readonly began: string;
}

/** The mark of this process. */
export function thisProcess(): ProcessMark {
  const where = [hostname(), ...BOOT_FILES.map(readOrNothing), namespace()].join();
  return {
    where: createHash("sha256").update(where).digest("hex").slice(0, 8),
    pid: process.pid,
    began: beganAt(process.pid) ?? "0",
  };
}

const BOOT_FILES = ["/proc/sys/kernel/random/boot_id"];

/**
 * Whether a process is known to be gone. One of another machine, boot or namespace is not known.
 *
 * @param here The mark of this process.
 */
export function isGone({ where, pid, began }: ProcessMark, here: ProcessMark): boolean {
  if (where !== here.where) return false;
  try {
    process.kill(pid, 0);
  } catch (reason) {
    // EPERM: it runs, and is somebody else's.
    return (reason as NodeJS.ErrnoException).code === "ESRCH";
  }
  const beganNow = beganAt(pid);
  return beganNow !== undefined && began !== "0" && beganNow !== began;
}

/** The 22nd field of a line whose second field, in brackets, may hold anything. */
function beganAt(pid: number): string | undefined {
  const line = readOrNothing(`/proc/${pid}/stat`);
  return line.slice(line.lastIndexOf(")") + 2).split(" ")[19];
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function namespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
