/** A test of the suite that cannot pass on some stores, and why. */
export interface NotApplicable {
  readonly test: string;
  readonly stores: readonly string[];
  readonly reason: string;
}

/** All of them. One that passes after all fails, so that the list stays true. */
export const NOT_APPLICABLE: readonly NotApplicable[] = [
  {
    test: "times.test.ts › read changes atime",
    stores: ["memory", "sqlite"],
    reason: "the stores do not note when a file was read, as a mount with noatime",
  },
];
