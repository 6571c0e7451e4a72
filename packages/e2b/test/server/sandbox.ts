import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Running } from "./process.ts";
import { Shells } from "./shells.ts";
import { give, userNamed, type User } from "./users.ts";
import type { Watch } from "./watch.ts";

const HOME = "/home/user";

/** What a new home has in it, with the sizes of Debian's. */
const SKELETON = { ".bash_logout": 220, ".bashrc": 3526, ".profile": 807 };

/** What is to be begun, by whom. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly ids: User["ids"];
}

let count = 0;

/**
 * A sandbox: a folder that stands for `/home/user`, and processes of this machine. All other paths are those of this
 * machine. Processes find the folder at `/home/user` where the home is real; else that path is replaced in what they are
 * told, as far as it can be seen there.
 */
export class Sandbox {
  readonly id: string = `sbx${++count}`;
  readonly token: string = randomBytes(8).toString("hex");
  /** Where its home lies in this machine. */
  readonly home: string = realHome();
  readonly metadata: Readonly<Record<string, string>>;
  readonly autoPause: boolean;
  /** What was asked for with `secure: false`: anybody may read and write then. */
  readonly isOpen: boolean;
  state: "running" | "paused" | "killed" = "running";
  endsAtMs = 0;
  /** What was asked for last. */
  timeoutSeconds = 300;
  readonly processes: Map<number, Running> = new Map();
  readonly watches: Set<Watch> = new Set();
  /** Answers that are under way. */
  readonly answers: Set<ServerResponse> = new Set();
  readonly shells: Shells = new Shells(this);
  /**
   * Whether a command has a shell of its own that reads `/etc/profile` and `.profile`, which takes longer than most
   * commands do; else it is a fork of one that waits.
   */
  readonly hasProfile: boolean;
  readonly hasRealHome: boolean;
  /** What was said of files as they were uploaded, by inode. */
  readonly attributes: Map<bigint, Readonly<Record<string, string>>> = new Map();

  constructor(options: {
    hasRealHome?: boolean | undefined;
    metadata?: Record<string, string> | undefined;
    autoPause?: boolean | undefined;
    secure?: boolean | undefined;
  }) {
    this.metadata = options.metadata ?? {};
    this.hasProfile = this.metadata["profile"] !== "none";
    this.hasRealHome = options.hasRealHome ?? false;
    this.autoPause = options.autoPause ?? false;
    this.isOpen = options.secure === false;
    for (const [name, bytes] of Object.entries(SKELETON)) {
      writeFileSync(join(this.home, name), "#".padEnd(bytes - 1) + "\n");
      give(join(this.home, name), userNamed("user"));
    }
  }

  /** Where a path of the sandbox lies in this machine. */
  toHost(path: string): string {
    const absolute = this.absolute(path);
    if (absolute === HOME) return this.home;
    return absolute.startsWith(`${HOME}/`) ? this.home + absolute.slice(HOME.length) : absolute;
  }

  /** A path as the sandbox has it: relative ones begin in its home. */
  absolute(path: string): string {
    if (path === "~" || path.startsWith("~/")) return join(HOME, path.slice(1));
    return path.startsWith("/") ? join(path) : join(HOME, path);
  }

  /** The path in the sandbox of a path of this machine. */
  toSandbox(path: string): string {
    return path === this.home || path.startsWith(`${this.home}/`)
      ? HOME + path.slice(this.home.length)
      : path;
  }

  /** A command with its paths, as far as they can be seen in it, replaced by those of this machine. */
  mapCommand(text: string): string {
    return this.hasRealHome ? text : text.replaceAll(HOME, this.home);
  }

  /** The path by which processes of the sandbox know a path of this machine. */
  pathInside(path: string): string {
    return this.hasRealHome ? this.toSandbox(path) : path;
  }

  /** How a program is begun as a user, with a real home where the sandbox has one. */
  commandOf(user: User, program: string, args: readonly string[]): Command {
    if (!this.hasRealHome) return { program, args, ids: user.ids };
    const home = ["--tmpfs", dirname(HOME), "--bind", this.home, HOME];
    const at = ["--chdir", this.pathInside(this.homeOf(user))];
    const { uid, gid } = user.ids ?? {};
    // Root needs no namespace for its users: those of two programs would keep them from each other's open files.
    const as =
      user.ids === undefined ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
    const all = ["--die-with-parent", "--dev-bind", "/", "/", ...home, ...at, "--", ...as, program, ...args];
    return { program: "bwrap", args: all, ids: undefined };
  }

  homeOf(user: User): string {
    return user.name === "root" ? "/root" : this.home;
  }

  extend(seconds: number, now: number): void {
    this.timeoutSeconds = seconds;
    this.endsAtMs = now + seconds * 1000;
  }

  pause(): void {
    this.state = "paused";
    this.#cutOff();
    for (const running of this.processes.values()) running.signal("SIGSTOP");
  }

  resume(): void {
    this.state = "running";
    for (const running of this.processes.values()) running.signal("SIGCONT");
  }

  kill(): void {
    this.state = "killed";
    this.#cutOff();
    for (const running of this.processes.values()) running.signal("SIGKILL");
    this.shells.end();
  }

  dispose(): void {
    this.kill();
    rmSync(this.home, { recursive: true, force: true });
  }

  #cutOff(): void {
    for (const watch of this.watches) watch.close();
    for (const answer of this.answers) answer.destroy();
  }
}

function realHome(): string {
  const base = mkdtempSync(join(tmpdir(), "e2b-server-"));
  // The user of the sandbox is not the owner of what is above it, but must come through.
  chmodSync(base, 0o755);
  const home = join(base, "home");
  mkdirSync(home);
  give(home, userNamed("user"));
  return home;
}
