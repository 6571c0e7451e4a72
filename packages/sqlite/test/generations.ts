import type { Vfs } from "@vfs/core";
import { randomBytes } from "./random.ts";

const FILES = 60;
const LARGE_BYTES = 300_000;

const names = Array.from({ length: FILES }, (_, i) => `/many/${i}`);

/** Gives every file a content that tells the round, in one transaction, and a place in the same tree. */
export async function writeGeneration(vfs: Vfs, round: number): Promise<void> {
  await vfs.mkdir("/many", { recursive: true });
  await Promise.all([
    ...names.map((name) => vfs.writeFile(name, `round ${round}`)),
    vfs.writeFile("/large", randomBytes(LARGE_BYTES, round)),
    vfs.appendFile("/log", randomBytes(5000, round)),
    vfs.rm("/tree", { recursive: true, force: true }),
  ]);
  await vfs.mkdir(`/tree/${round}`, { recursive: true });
}

/** Which round a store shows: undefined when it is not exactly one. */
export async function generationOf(vfs: Vfs): Promise<number | undefined> {
  const [round = ""] = await vfs.readdir("/tree");
  const texts = await Promise.all(names.map((name) => vfs.readFile(name, "utf8")));
  const large = await vfs.readFile("/large");
  const log = await vfs.readFile("/log");
  const end = randomBytes(5000, Number(round));
  const whole =
    texts.every((text) => text === `round ${round}`) &&
    Buffer.compare(large, randomBytes(LARGE_BYTES, Number(round))) === 0 &&
    Buffer.compare(log.subarray(log.length - end.length), end) === 0;
  return whole ? Number(round) : undefined;
}
