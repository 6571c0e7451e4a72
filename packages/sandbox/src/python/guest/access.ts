import { isErrno, type EmscriptenModule } from "./emscripten.ts";
import { Host } from "./host.ts";
import type { LiveFs } from "./live-fs.ts";
import { pathOf } from "./live-nodes.ts";
import type { Replacement } from "./seal.ts";

const MODES: Readonly<Record<string, number | undefined>> = { r: 4, w: 2, x: 1 };
const EACCES = 2;

/** access(2) of the host's files: Emscripten looks at their modes alone. */
export function access(module: () => EmscriptenModule, files: () => LiveFs | undefined): Replacement {
  return (original) =>
    (...args) => {
      const live = files();
      if (live === undefined) return original(...args);
      const { FS } = module();
      const permissions = FS.nodePermissions.bind(FS);
      FS.nodePermissions = (node, wanted) => {
        // On its way to a file Emscripten asks for "x" of each directory: that is not what is asked here.
        if (wanted === "x" || !live.isLive(node)) return permissions(node, wanted);
        const mode = Array.from(wanted).reduce((bits, letter) => bits | (MODES[letter] ?? 0), 0);
        return isAllowed(new Host(module()), pathOf(node), mode) ? 0 : EACCES;
      };
      try {
        return original(...args);
      } finally {
        FS.nodePermissions = permissions;
      }
    };
}

function isAllowed(host: Host, path: string, mode: number): boolean {
  try {
    host.ask("access", path, mode);
    return true;
  } catch (error) {
    if (["EACCES", "EPERM", "EROFS"].some((code) => isErrno(error, code))) return false;
    throw error;
  }
}
