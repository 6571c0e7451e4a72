import { OPERATION_CLASSES, type OperationClass } from "./operation-class.ts";
import { DENIED_BY_DEFAULT } from "./denied-by-default.ts";
import type { Rule } from "./rules/rule.ts";

/** The name of a profile. */
export type ProfileName = "default" | "strict" | "readonly" | "untrusted" | "testing";

/** Where one begins; overrides change single lines of it. */
export interface Profile {
  /** What may be worked with: these paths and everything below them. */
  readonly allowedPaths: readonly string[];
  /** Which operations there are at all. */
  readonly operations: readonly OperationClass[];
  /** What changes something is `EROFS`. */
  readonly readOnly: boolean;
  /** Kept back wherever it lies. */
  readonly deny: readonly Rule[];
  readonly limits: Readonly<Record<"maxFileBytes" | "maxTotalBytes" | "maxFiles" | "maxDepth", number>>;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const WITHOUT_ADMIN = OPERATION_CLASSES.filter((name) => name !== "admin");

/** The profiles. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  default: {
    allowedPaths: ["/"],
    operations: OPERATION_CLASSES,
    readOnly: false,
    deny: DENIED_BY_DEFAULT,
    limits: { maxFileBytes: 10 * MIB, maxTotalBytes: 100 * MIB, maxFiles: 1000, maxDepth: 10 },
  },
  strict: {
    allowedPaths: ["/home", "/tmp"],
    operations: OPERATION_CLASSES,
    readOnly: false,
    deny: DENIED_BY_DEFAULT,
    limits: { maxFileBytes: MIB, maxTotalBytes: 20 * MIB, maxFiles: 100, maxDepth: 5 },
  },
  readonly: {
    allowedPaths: ["/"],
    operations: OPERATION_CLASSES,
    readOnly: true,
    deny: DENIED_BY_DEFAULT,
    limits: { maxFileBytes: 10 * MIB, maxTotalBytes: 100 * MIB, maxFiles: 5000, maxDepth: 15 },
  },
  untrusted: {
    allowedPaths: ["/sandbox"],
    operations: WITHOUT_ADMIN,
    readOnly: false,
    deny: DENIED_BY_DEFAULT,
    limits: { maxFileBytes: 512 * KIB, maxTotalBytes: 5 * MIB, maxFiles: 50, maxDepth: 3 },
  },
  testing: {
    allowedPaths: ["/"],
    operations: OPERATION_CLASSES,
    readOnly: false,
    deny: [],
    limits: { maxFileBytes: 100 * MIB, maxTotalBytes: 1024 * MIB, maxFiles: 10_000, maxDepth: 20 },
  },
};
