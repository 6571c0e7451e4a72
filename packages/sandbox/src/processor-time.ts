import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";

// What Linux counts a process's time in, whatever its kernel was built with.
const TICK_MS = 10;

/**
 * How much of a processor a process has used, with those that it has started, in milliseconds; undefined where the system
 * does not tell (only Linux does) or the process is gone.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
function cpuMsOf(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    // The name of the program, in brackets, may have anything in it.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const own = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    return children.reduce((sum, child) => sum + (cpuMsOf(Number(child)) ?? 0), own);
  } catch {
    return undefined;
  }
}

// How often a process that may not have much of the processor is looked at.
const LOOK_MS = 100;

/** Tells, once, when a process has used more of the processor than it may from now on. */
export function watchProcessor(
  { pid = 0 }: ChildProcess,
  cpuMs: number,
  onExceeded: () => void,
): NodeJS.Timeout | undefined {
  const before = cpuMsOf(pid);
  if (before === undefined) return undefined;
  const timer = setInterval(() => {
    if ((cpuMsOf(pid) ?? 0) - before <= cpuMs) return;
    clearInterval(timer);
    onExceeded();
  }, LOOK_MS);
  return timer;
}
