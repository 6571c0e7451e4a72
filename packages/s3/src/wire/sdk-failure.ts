import { S3Failure } from "./failure.ts";

/** What the SDK throws, as far as it matters here. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly Code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** Turns what the SDK throws into a failure of ours. */
export function sdkFailure(reason: unknown): S3Failure {
  if (reason instanceof S3Failure) return reason;
  const { name = "Error", message = "", code, Code, $metadata, $response } = reason as SdkError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode ?? 0;
  // An answer that cannot be parsed, or one that ends early, tells nothing of what was done.
  const isBroken = status >= 200 && status < 300 && code === undefined && Code === undefined;
  if (isBroken && !isCode(name)) return new S3Failure("Truncated", status, message, reason);
  return new S3Failure(code ?? Code ?? codeOf(name, status), status, message, reason);
}

function isCode(name: string): boolean {
  return ["InternalError", "SlowDown", "ServiceUnavailable"].includes(name);
}

/** HEAD has no body, so that there is no code but the status. */
function codeOf(name: string, status: number): string {
  if (name !== "Error" && name !== "UnknownError" && !/^\d+$/.test(name) && name !== "Unknown") return name;
  return CODES[status] ?? name;
}

const CODES: Readonly<Record<number, string>> = {
  400: "BadRequest",
  403: "AccessDenied",
  404: "NotFound",
  409: "Conflict",
  412: "PreconditionFailed",
  416: "InvalidRange",
  500: "InternalError",
  503: "SlowDown",
};
