/** The cases that memory behind encryption leaves out, with why. */
export const ENCRYPT_SKIPS: Readonly<Record<string, readonly string[]>> = {};

/** Cases that look at the store beside the layer, where everything is encrypted. */
export const LOOKING_BESIDE: readonly string[] = [];

/** Cases with longer names than can be encrypted. */
export const LONG_NAMES: readonly string[] = [];
