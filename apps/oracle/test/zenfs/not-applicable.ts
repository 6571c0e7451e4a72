/** A test of the suite that cannot pass on some stores, and why. */
export interface NotApplicable {
  readonly test: string;
  readonly stores: readonly string[];
  readonly reason: string;
}

/** All of them: there are none. One that passes after all fails, so that the list stays true. */
export const NOT_APPLICABLE: readonly NotApplicable[] = [];
