import { createHash } from "node:crypto";
import type { Sandbox } from "./sandbox.ts";

/** Whether a request for a file is signed for this sandbox, and still valid. */
export function isSigned(
  sandbox: Sandbox,
  query: URLSearchParams,
  operation: string,
  nowMs: number,
): boolean {
  const given = query.get("signature");
  if (given === null) return false;
  const expiration = query.get("signature_expiration");
  if (expiration !== null && Number(expiration) * 1000 < nowMs) return false;
  const parts = [query.get("path") ?? "", operation, query.get("username") ?? "", sandbox.token];
  if (expiration !== null) parts.push(expiration);
  const digest = createHash("sha256").update(parts.join(":")).digest("base64").replace(/=+$/, "");
  return given === `v1_${digest}`;
}
