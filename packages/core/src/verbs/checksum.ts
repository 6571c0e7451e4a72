import { Pull, run, wait, type Flow } from "../flow.ts";
import type { Awaitable } from "../awaitable.ts";
import type { Abortable, ChecksumAlgorithm } from "../options.ts";
import type { VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import { Sha256 } from "../sha256.ts";
import { chunks } from "./chunks.ts";

export function checksum(
  scope: Scope,
  path: string,
  algorithm: ChecksumAlgorithm = "sha256",
  options: Abortable = {},
): Awaitable<string> {
  if (typeof algorithm === "string" && algorithm !== "sha256")
    throw new TypeError(
      `algorithm must be "sha256" or a function that makes a hasher, got "${String(algorithm)}"`,
    );
  return run(digest(scope.until(options.signal), scope.path(path), algorithm));
}

function* digest(scope: Scope, path: VPath, algorithm: ChecksumAlgorithm): Flow<string> {
  if (algorithm === "sha256") {
    const { checksums } = yield* wait(scope.send("stat", path, { follow: true }));
    if (checksums?.[algorithm] !== undefined) return checksums[algorithm];
  }
  const hasher = algorithm === "sha256" ? new Sha256() : algorithm();
  const content = new Pull(chunks(scope, path, { chunkSize: 1 << 18 }));
  for (let bytes = yield* content.next(); bytes !== undefined; bytes = yield* content.next())
    hasher.update(bytes);
  return Array.from(hasher.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
