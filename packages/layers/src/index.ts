export { overlay, type Overlay, type OverlayOptions } from "./overlay/overlay.ts";
export type { OverlayChange } from "./overlay/diff.ts";
export { encrypt, type EncryptOptions } from "./encrypt/encrypt.ts";
