import type { Limits } from "./limits.ts";

/** Why a piece of code did not end as it should. */
export type ErrorKind = "exception" | "timeout" | "memory" | "output" | "limit" | "killed";

/** What went wrong in a piece of code. */
export interface ExecutionError {
  /**
   * `exception`: the code raised it. `timeout`: it took too long. `memory`: it wanted more than it may have. `output`:
   * it printed more than it may. `limit`: it used more of something else than it may. `killed`: it was interrupted by
   * the host, or its interpreter did not survive it.
   */
  readonly kind: ErrorKind;
  /** Which limit ended the code, if one did. */
  readonly limit?: keyof Limits | undefined;
  /** The name of the exception: `ValueError`. */
  readonly type: string;
  readonly message: string;
  /** As Python prints it, beginning with the code's own lines. */
  readonly traceback: string;
  /** The line of the code in which it came up, from 1, where that is known. */
  readonly line?: number | undefined;
}

/** How a value shows itself, by media type. */
export type MimeBundle = Readonly<Record<string, string | Uint8Array>>;

/** What became of a piece of code. */
export interface ExecutionResult {
  /** Whether it ran to its end. */
  readonly ok: boolean;
  /** What it printed, exactly, up to the limit. */
  readonly stdout: string;
  readonly stderr: string;
  /** The value of its last expression, where JSON has one like it; otherwise undefined. */
  readonly value: unknown;
  /** The value of its last expression, as `repr` shows it; undefined when there is none, or it is `None`. */
  readonly repr: string | undefined;
  /**
   * The value of its last expression as it shows itself, by media type, where it offers that (`_repr_html_`,
   * `_repr_png_`, `_repr_mimebundle_` and so on): texts, JSON as a text, images and other binary data as bytes. Empty
   * when it offers nothing; 4 MiB at most, what is beyond that is left out.
   */
  readonly mime: MimeBundle;
  readonly error: ExecutionError | undefined;
  /** How the code says that it has ended: that of a shell's last command, or what `process.exit` was given. */
  readonly exitCode: number | undefined;
  /** Whether it printed more than the limit, so that the rest is missing. */
  readonly truncated: boolean;
  /** Whether the interpreter had to be ended: what was in its memory is gone, the files are not. */
  readonly restarted: boolean;
  readonly durationMs: number;
  /** How much of a processor it has used, in milliseconds; 0 where that is not known. */
  readonly cpuMs: number;
  /** The most memory that the interpreter has had so far. */
  readonly peakMemoryBytes: number;
}
