import { chain, type Awaitable, type Call, type LayerSite, type Next } from "@vfs/core";
import { Budget } from "./budget.ts";
import { Counted } from "./counted.ts";
import { Gate, Locks } from "./gate.ts";
import { exceeded, violationOf, type Excess, type Limits, type QuotaViolation } from "./limits.ts";
import { afterwards } from "./looks.ts";
import { Names } from "./names.ts";
import { OpenFiles } from "./open-files.ts";
import { Places, type Place } from "./places.ts";

/** All that a quota keeps where it stands. */
export class Books {
  readonly limits: Limits;
  readonly names: Names;
  readonly places: Places;
  readonly budget: Budget;
  readonly gate: Gate = new Gate();
  readonly locks: Locks = new Locks();
  readonly opens: OpenFiles = new OpenFiles();
  readonly counted: Counted;
  readonly next: Next;
  readonly #onRefused: ((violation: QuotaViolation) => void) | undefined;

  constructor(limits: Limits, site: LayerSite, onRefused: ((violation: QuotaViolation) => void) | undefined) {
    this.limits = limits;
    this.names = new Names(limits);
    this.places = new Places(site);
    this.budget = new Budget(this.places, limits);
    this.counted = new Counted(this.places, this.opens);
    this.next = site.next;
    this.#onRefused = onRefused;
  }

  /** Tells of a call that is refused, and refuses it. */
  refuse(call: Call, excess: Excess): never {
    this.#onRefused?.(violationOf(call, excess));
    throw exceeded(excess);
  }

  /** The store that a call changes. */
  placeOf({ path, file }: Call): Place {
    return this.opens.of(file)?.place ?? this.places.at(path);
  }

  /** Measures anew what does not tell how full it is, while nothing is under way. */
  resync(): Awaitable<unknown> {
    const counted = this.places.all.filter(({ told }) => !told);
    if (counted.length === 0) return this.places.read(false);
    return chain(this.gate.enter(true, false), (leave) =>
      afterwards<unknown>(() => {
        for (const place of counted) place.measured = false;
        return this.places.read(false);
      }, leave),
    );
  }
}
