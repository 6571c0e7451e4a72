import { readFileSync } from "node:fs";

const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/**
 * How many transactions the log of a database holds: the frames that say how large the database is after them.
 *
 * @see https://sqlite.org/fileformat2.html#the_write_ahead_log
 */
export function commitsInLog(file: string): number {
  const log = readFileSync(`${file}-wal`);
  if (log.length < LOG_HEADER_BYTES) return 0;
  const frameBytes = FRAME_HEADER_BYTES + log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let commits = 0;
  for (let at = LOG_HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    // A frame with another salt is left from before the log began anew.
    if (!log.subarray(at + 8, at + 16).equals(salt)) break;
    if (log.readUInt32BE(at + 4) > 0) commits++;
  }
  return commits;
}
