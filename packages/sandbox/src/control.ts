/**
 * Two numbers that the host writes and a guest reads at any time, also in the middle of its work: a counter of changes,
 * after which the guest's memory of the files is stale, and a request to stop.
 */
export interface Control {
  readonly generation: number;
  /** Makes what the guest remembers of the files stale. */
  bump(): void;
  /** How often the guest was asked to interrupt what it runs. */
  readonly interrupts: number;
  /** Asks the guest to interrupt what it is running. */
  interrupt(): void;
  close(): void;
}
