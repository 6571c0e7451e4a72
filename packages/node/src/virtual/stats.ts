import { Stats as NodeStats, statSync, type BigIntStats } from "node:fs";
import type { Stats } from "@vfs/core";

const BLOCK_BYTES = 4096;
const SECTOR_BYTES = 512;
const TIMES = ["atime", "mtime", "ctime", "birthtime"] as const;

/** Node's own stats for those of a Vfs: with its class, so that nobody can tell the difference. */
export function toNodeStats(stats: Stats, bigint: boolean): NodeStats | BigIntStats {
  const { dev, ino, mode, nlink, uid, gid, size } = stats;
  const blocks = Math.ceil(size / BLOCK_BYTES) * (BLOCK_BYTES / SECTOR_BYTES);
  const numbers = { dev, mode, nlink, uid, gid, rdev: 0, blksize: BLOCK_BYTES, ino, size, blocks };
  if (!bigint) {
    const times = TIMES.map((time) => [`${time}Ms`, stats[`${time}Ms`]]);
    return Object.assign(Object.create(NodeStats.prototype), numbers, Object.fromEntries(times)) as NodeStats;
  }
  const wide = Object.entries(numbers).map(([name, value]) => [name, BigInt(value)]);
  const times = TIMES.flatMap((time) => {
    const ns = nanoseconds(stats[`${time}Ms`]);
    return [
      [`${time}Ms`, ns / 1_000_000n],
      [`${time}Ns`, ns],
    ];
  });
  return Object.assign(Object.create(bigIntStats()), Object.fromEntries([...wide, ...times])) as BigIntStats;
}

/** Node does not export this class. */
let bigIntPrototype: object | undefined;
function bigIntStats(): object {
  bigIntPrototype ??= Object.getPrototypeOf(statSync(process.execPath, { bigint: true })) as object;
  return bigIntPrototype;
}

function nanoseconds(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1_000_000));
}
