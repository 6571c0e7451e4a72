import type { Engine } from "@vfs/sandbox";

/** Languages, each loaded when it is asked for. */
export const ENGINES = {
  python: async (): Promise<Engine> => (await import("@vfs/sandbox")).python(),
  js: async (): Promise<Engine> => (await import("@vfs/sandbox/javascript")).javascript(),
  shell: async (): Promise<Engine> => (await import("@vfs/sandbox/shell")).shell(),
};

export type Language = keyof typeof ENGINES;
