import type { Awaitable, Capabilities, MountOptions, Provider, UnmountOptions, Vfs } from "@vfs/core";

/** What a case works on: a fresh, empty store. */
export interface Bench {
  /** The store, at the root of a Vfs or of a view. */
  readonly vfs: Vfs;
  /** The store itself, for cases about what the facade would hide. */
  readonly provider: Provider;
  readonly caps: Capabilities;
  /** What the kit was told that it can do. */
  readonly declared: Capabilities;
  /** Mounts a store at a path of `vfs`, which cannot do so itself where it is a view. */
  readonly mount: (path: string, store: Provider, options?: MountOptions) => Promise<void>;
  /** Mounts one more fresh, empty store of the same kind. */
  readonly mountAnother: (path: string, options?: MountOptions) => Promise<void>;
  /** How often something is tried: `many` times, or `few` where each call of the store takes long. */
  readonly times: (many: number, few: number) => number;
  readonly unmount: (path: string, options?: UnmountOptions) => Promise<void>;
}

/** One thing that a store must do. */
export interface Case {
  /** `operation › behaviour`, a sentence. */
  readonly name: string;
  /** Whether a store with these abilities must do it; always unless told. */
  readonly needs?: (caps: Capabilities) => boolean;
  /** About the store alone: it would say nothing of layers in front, and is not run through them. */
  readonly ofStore?: boolean;
  /** Throws when the store does not do it. */
  readonly run: (bench: Bench) => Awaitable<void>;
}

/** Cases of one kind, whose names begin with what they are about. */
export function group(
  subject: string,
  cases: Record<string, Case["run"] | Pick<Case, "needs" | "run">>,
  more: Pick<Case, "ofStore"> = {},
): Case[] {
  return Object.entries(cases).map(([behaviour, given]) => {
    const name = `${subject} › ${behaviour}`;
    return Object.assign({ name }, more, typeof given === "function" ? { run: given } : given);
  });
}

/** Whether the store can be written at all; most cases need it. */
export const canWrite = (caps: Capabilities): boolean => caps.write;
