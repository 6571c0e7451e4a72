import type { Layer } from "@vfs/core";
import type { QuotaLimits } from "./quota-limits.ts";
import type { Violation } from "./violations.ts";

/** Makes the layer that counts. It tells `onRefused` of each call that it refuses. */
export type QuotaFactory = (
  limits: QuotaLimits,
  options: { readonly onRefused?: (violation: Violation) => void },
) => Layer;

/** What counts; undefined where nothing does. */
export const quotaLayer: QuotaFactory | undefined = undefined;
