/** What may be stored, at the most. What is absent has no limit. */
export interface QuotaLimits {
  readonly maxFileBytes?: number | undefined;
  readonly maxTotalBytes?: number | undefined;
  readonly maxFiles?: number | undefined;
  readonly maxDepth?: number | undefined;
  readonly maxNameBytes?: number | undefined;
  readonly maxPathBytes?: number | undefined;
}
