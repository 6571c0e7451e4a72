import type { Control } from "./control.ts";
import type { EngineOptions, HostServices, HostUse } from "./engine.ts";
import { FileServer, type Answer } from "./file-server.ts";
import { HostUsage } from "./host-usage.ts";
import { MemoryTransfer } from "./memory-transfer.ts";
import type { GuestOp } from "./protocol.ts";
import { messageOf } from "./wire.ts";

/** Runs a program of another language for a guest, and answers with what came of it. */
export type Command = (args: readonly unknown[], stdin: Uint8Array) => Promise<unknown>;

interface HostSideOptions extends EngineOptions {
  readonly command?: Command;
}

/** What a guest process may make of its host: files, functions and room for a checkpoint, all of it counted. */
export class HostSide {
  readonly memory: MemoryTransfer;
  readonly #options: HostSideOptions;
  readonly #control: Control;
  readonly #usage: HostUsage;
  readonly #onExceeded: (limit: keyof HostUse) => void;
  #files: FileServer;
  #stopListening: () => void;

  /** @param onExceeded Called for each call that is one more than the code may make. */
  constructor(options: HostSideOptions, control: Control, onExceeded: (limit: keyof HostUse) => void) {
    this.#options = options;
    this.#control = control;
    this.#onExceeded = onExceeded;
    this.memory = new MemoryTransfer(options.limits.memoryBytes);
    this.#usage = new HostUsage(options.limits);
    this.#files = new FileServer(options);
    this.#stopListening = listen(options, control);
  }

  get use(): HostUse {
    return this.#usage.use;
  }

  /** A piece of code is about to run. */
  startRun(): void {
    this.#usage.startRun();
    this.#files.startRun();
  }

  /** Gives a guest that has run nothing yet other files and functions. */
  attach(services: HostServices): void {
    void this.#files.close();
    this.#stopListening();
    this.#files = new FileServer({ ...services, limits: this.#options.limits });
    this.#stopListening = listen(services, this.#control);
    // What the guest has seen of the other files is not true of these.
    this.#control.bump();
  }

  async answer(op: GuestOp, args: readonly unknown[], payload: Uint8Array): Promise<Answer> {
    const exceeded = this.#usage.count(op);
    if (exceeded !== undefined) {
      this.#onExceeded(exceeded);
      return { ok: false, code: "EDQUOT", message: `the code has gone beyond limits.${exceeded}` };
    }
    const { command } = this.#options;
    if (op === "command" && command !== undefined) return { ok: true, value: await command(args, payload) };
    return op === "save" || op === "load"
      ? this.#carry(op, args, payload)
      : this.#files.answer(op, args, payload);
  }

  stopListening(): void {
    this.#stopListening();
  }

  /** Gives back what the guest held. */
  close(): Promise<void> {
    return this.#files.close();
  }

  #carry(op: "save" | "load", args: readonly unknown[], payload: Uint8Array): Answer {
    try {
      if (op === "save") return { ok: true, value: this.memory.save(payload) };
      const piece = this.memory.load(args);
      return { ok: true, value: piece.length, payload: piece };
    } catch (error) {
      return { ok: false, code: "EINVAL", message: messageOf(error) };
    }
  }
}

/** Tells a guest of every change of its files. */
function listen({ mounts }: HostServices, control: Control): () => void {
  const stops = [...new Set(mounts.map(({ vfs }) => vfs))].map((vfs) => vfs.onChange(() => control.bump()));
  return () => {
    for (const stop of stops) stop();
  };
}
