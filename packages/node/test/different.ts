/** Calls in which the face is known to differ from `node:fs`, and why. */
export const DIFFERENT: readonly { readonly matches: RegExp; readonly reason: string }[] = [
  {
    matches: /^realpath › path .* › (callback|sync)$/,
    reason: "Node makes a text of whatever it is given, and looks for that; here it is no path",
  },
  {
    matches: /^copyFile › d to a /,
    reason: "libuv removes the file that a directory was to be copied onto; here it stays",
  },
];
