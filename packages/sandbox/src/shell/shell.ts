import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Engine, Guest, HostServices, HostUse, OnOutput, RunRequest } from "../engine.ts";
import { GuestProcess } from "../guest-process.ts";
import { findPackage, OWN_CODE, programOf } from "../packages.ts";
import type { GuestOutcome } from "../protocol.ts";
import { sumOf } from "../stats.ts";
import { Programs } from "./programs.ts";

/** The version of just-bash that this engine was made for. */
const BASH_VERSION = "3.4.2";

/**
 * A shell (just-bash) with some eighty commands on the live files: `grep`, `sed`, `awk`, `jq`, `find`, `sort`, `tar` and
 * so on, `python3` and `node`, and no network. Needs `npm install just-bash@3.4.2`.
 *
 * It runs in a process of its own, under Node's permission model, with an empty environment. `python3` and `node` are the
 * engines of this package, each command in a fresh interpreter with a process of its own, under the same limits.
 */
export function shell(): Engine {
  return {
    name: "shell",
    can: ["mounts", "strict"],
    start: async (options) => {
      const bash = findPackage("just-bash", BASH_VERSION);
      const programs = new Programs(options);
      const guest = await GuestProcess.start(
        {
          ...options,
          program: programOf("shell"),
          readable: [...OWN_CODE, ...bash.readable],
          heapMiB: Math.ceil(options.limits.memoryBytes / MEBIBYTE),
          command: (args, stdin) => programs.run(args, stdin),
        },
        { modules: { bash: pathToFileURL(join(bash.folder, "dist/bundle/index.js")).href } },
      );
      return new ShellGuest(guest, programs);
    },
  };
}

const MEBIBYTE = 1 << 20;

/** A shell, and the interpreters that it has running. */
class ShellGuest implements Guest {
  readonly #guest: GuestProcess;
  readonly #programs: Programs;

  constructor(guest: GuestProcess, programs: Programs) {
    this.#guest = guest;
    this.#programs = programs;
  }

  async run(request: RunRequest, onOutput: OnOutput): Promise<GuestOutcome> {
    this.#programs.start(request.timeoutMs);
    try {
      return await this.#guest.run(request, onOutput);
    } catch (error) {
      // The shell is gone, so nobody waits for what it has started.
      await this.#programs.end();
      throw error;
    }
  }

  use(): HostUse {
    return sumOf(this.#guest.use(), this.#programs.use);
  }

  attach(services: HostServices): void {
    this.#guest.attach(services);
    this.#programs.attach(services);
  }

  interrupt(): void {
    this.#guest.interrupt();
    this.#programs.interrupt();
  }

  async kill(): Promise<void> {
    await Promise.all([this.#guest.kill(), this.#programs.end()]);
  }
}
