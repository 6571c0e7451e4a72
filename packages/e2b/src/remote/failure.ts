import { VfsError } from "@vfs/core";

/**
 * What became of a request that failed.
 *
 * - `refused`: it was not taken: made again, it is made once.
 * - `lost`: it is not known whether it was done.
 * - `final`: it fails however often it is made.
 */
export type Outcome = "refused" | "lost" | "final";

/** By the names of the SDK's errors: another copy of it has other classes. */
const OUTCOMES: Readonly<Record<string, Outcome>> = {
  // How a call that was answered with 429, 502 or 503 fails.
  SandboxNotFoundError: "refused",
  RateLimitError: "refused",
  ServiceBusyError: "refused",
  // The sandbox ended while a request was under way, or before.
  TimeoutError: "lost",
  AuthenticationError: "final",
  InvalidArgumentError: "final",
  FileNotFoundError: "final",
  NotFoundError: "final",
  NotEnoughSpaceError: "final",
  TemplateError: "final",
  TypeError: "final",
};

// What the platform says of a connection that never was.
const NOT_CONNECTED = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT/;

export function outcomeOf(error: unknown): Outcome {
  const { name, message } = error as Error;
  if (NOT_CONNECTED.test(chainOf(error))) return "refused";
  // What `fetch` throws is a TypeError too.
  if (name === "TypeError" && /fetch failed|terminated/.test(message)) return "lost";
  return OUTCOMES[name] ?? "lost";
}

/** The codes and messages of an error and of its causes. */
function chainOf(error: unknown): string {
  const said: string[] = [];
  for (
    let at = error as (Error & { code?: string }) | undefined, left = 5;
    at instanceof Error && left > 0;
    left--
  ) {
    said.push(at.code ?? "", at.message);
    at = at.cause as Error | undefined;
  }
  return said.join(" ");
}

/** A failure of the SDK that is not to be tried again, in the words of a filesystem. */
export function finalError(error: unknown): VfsError {
  const { name, message } = error as Error;
  if (name === "AuthenticationError") {
    // What the SDK says before it asks anybody.
    const isMissing = message.startsWith("API key is required");
    const hint = isMissing
      ? "there is no API key: give apiKey, or set E2B_API_KEY"
      : "E2B did not accept the API key or token";
    return new VfsError("EACCES", { hint, cause: error });
  }
  if (name === "NotEnoughSpaceError") return new VfsError("ENOSPC", { cause: error });
  if (name === "NotFoundError" || name === "FileNotFoundError")
    return new VfsError("ENOENT", { cause: error });
  return new VfsError("EIO", { cause: error });
}

/** The sandbox does not run. */
export function notRunning(sandboxId: string, cause: unknown): VfsError {
  return new VfsError("ENXIO", {
    reason: "transient",
    retryable: false,
    hint: `sandbox ${sandboxId} is not running: it was killed, paused, or reached its timeout`,
    cause,
  });
}

/** Retrying has not helped, or must not be done. */
export function failedFor(outcome: Outcome, cause: unknown): VfsError {
  if (outcome === "refused")
    return new VfsError("EIO", { reason: "transient", hint: "E2B went on refusing the request", cause });
  return new VfsError("EIO", {
    reason: "transient",
    // Made again, it might be done twice.
    retryable: false,
    hint: "the answer was lost: it may have been done",
    cause,
  });
}
