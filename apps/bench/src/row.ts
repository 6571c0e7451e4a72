/** One figure, and what it is to be. */
export interface Row {
  readonly what: string;
  /** The figure, for people: `412 ns`, `1.9 x memfs`. */
  readonly figure: string;
  /** What it is held against, for people; empty when it is only told. */
  readonly target: string;
  /** Whether it is reached; true when there is no target. */
  readonly reached: boolean;
}

/** A group of rows that belong together. */
export interface Bench {
  readonly name: string;
  readonly run: () => Promise<Row[]>;
}

/** A row whose figure must not be above `most`. */
export function atMost(what: string, value: number, most: number, unit: string): Row {
  return {
    what,
    figure: withUnit(value, unit),
    target: `at most ${withUnit(most, unit)}`,
    reached: value <= most,
  };
}

/** A row whose figure must not be below `least`. */
export function atLeast(what: string, value: number, least: number, unit: string): Row {
  return {
    what,
    figure: withUnit(value, unit),
    target: `at least ${withUnit(least, unit)}`,
    reached: value >= least,
  };
}

/** A row that is only told. */
export function told(what: string, value: number, unit: string): Row {
  return { what, figure: withUnit(value, unit), target: "", reached: true };
}

function withUnit(value: number, unit: string): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}
