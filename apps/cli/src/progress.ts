import type { Terminal } from "./output.ts";
import { bytesText } from "./text.ts";

// As often as an eye can follow, and as a log can bear.
const BAR_MS = 80;
const LINE_MS = 2000;
const BAR_WIDTH = 24;

/** Says how far something long has come: a bar on a terminal, a line now and then in a pipe, nothing for what is short. */
export class Progress {
  readonly #stderr: Terminal["stderr"];
  readonly #label: string;
  readonly #everyMs: number;
  readonly #beganMs: number = Date.now();
  #toldMs: number = Date.now();
  #shown = false;

  constructor({ stderr }: Terminal, label: string) {
    this.#stderr = stderr;
    this.#label = label;
    this.#everyMs = stderr.isTTY === true ? BAR_MS : LINE_MS;
  }

  /** The listener for a verb's `onProgress`. */
  readonly tell = (bytes: number, totalBytes: number | undefined): void => {
    const now = Date.now();
    if (now - this.#toldMs < this.#everyMs) return;
    this.#toldMs = now;
    this.#show(bytes, totalBytes);
  };

  /** Takes the bar away. */
  end(): void {
    if (this.#shown && this.#stderr.isTTY === true) this.#stderr.write("\r\u001b[K");
  }

  #show(bytes: number, totalBytes: number | undefined): void {
    this.#shown = true;
    const perSecond = bytes / Math.max(0.001, (Date.now() - this.#beganMs) / 1000);
    const speed = `${bytesText(perSecond)}/s`;
    const amount =
      totalBytes === undefined ? bytesText(bytes) : `${bytesText(bytes)} of ${bytesText(totalBytes)}`;
    if (this.#stderr.isTTY !== true) {
      this.#stderr.write(`${this.#label}: ${amount}, ${speed}\n`);
      return;
    }
    const line = `${bar(bytes, totalBytes)}${amount}  ${speed}  ${this.#label}`;
    this.#stderr.write(`\r${line.slice(0, (this.#stderr.columns ?? 80) - 1)}\u001b[K`);
  }
}

function bar(bytes: number, totalBytes: number | undefined): string {
  if (totalBytes === undefined || totalBytes === 0) return "";
  const full = Math.min(BAR_WIDTH, Math.floor((bytes / totalBytes) * BAR_WIDTH));
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}] `;
}
