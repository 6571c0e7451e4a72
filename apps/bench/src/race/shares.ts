import type { Files } from "./files.ts";

/**
 * Whether a store keeps the caller's own memory on `write`, or hands out its own on `read`: whoever uses a buffer again
 * then changes files.
 */
export async function sharesMemory(files: Files): Promise<string> {
  const data = new Uint8Array(1024).fill(1);
  await files.write("/shared", data);
  data.fill(2);
  const read = await files.read("/shared");
  const onWrite = read[0] === 2;
  read.fill(3);
  const onRead = (await files.read("/shared"))[0] === 3;
  return [onWrite && "write", onRead && "read"].filter(Boolean).join("+");
}
