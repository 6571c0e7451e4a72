import type { StoreChange } from "@vfs/core";
import type { Step } from "../tree/records.ts";

/** What clients of one store tell each other. */
export type Message =
  /** Who holds the right to write is asked to give it away. */
  | { readonly kind: "want" }
  /** Somebody has opened the store. */
  | { readonly kind: "hello" }
  /** Somebody was there already. */
  | { readonly kind: "here" }
  | { readonly kind: "bye" }
  /** Something has been done. Without the step it was much. */
  | {
      readonly kind: "done";
      readonly revision: number;
      readonly step: Step | undefined;
      readonly changes: readonly StoreChange[] | undefined;
      /** What the storage has to know. */
      readonly place: unknown;
    };

/** The other clients of a store, in this page and in others. */
export class Channel {
  readonly #channel: BroadcastChannel;
  readonly #self = crypto.randomUUID();
  readonly #others = new Set<string>();
  readonly #onMessage: (message: Message) => void;

  constructor(name: string, onMessage: (message: Message) => void) {
    this.#onMessage = onMessage;
    this.#channel = new BroadcastChannel(name);
    this.#channel.addEventListener("message", this.#received);
    this.post({ kind: "hello" });
  }

  /** Whether there may be others. One that has died without a word is believed to be there. */
  get hasOthers(): boolean {
    return this.#others.size > 0;
  }

  /** It is known that there is nobody. */
  forgetOthers(): void {
    this.#others.clear();
  }

  post(message: Message): void {
    this.#channel.postMessage({ from: this.#self, message });
  }

  close(): void {
    this.post({ kind: "bye" });
    this.#channel.close();
  }

  readonly #received = (event: MessageEvent<{ readonly from: string; readonly message: Message }>): void => {
    const { from, message } = event.data;
    if (message.kind === "bye") this.#others.delete(from);
    else if (!this.#others.has(from)) {
      this.#others.add(from);
      // So that who has just come knows of us.
      if (message.kind === "hello") this.post({ kind: "here" });
    }
    this.#onMessage(message);
  };
}
