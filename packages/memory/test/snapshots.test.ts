import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Model, picture, step, untold, type Step } from "./snapshot-model.ts";

const RUNS = { numRuns: 200, seed: 20_261_201 };

function holds(steps: readonly Step[]): void {
  const model = new Model();
  for (const given of steps) {
    const [one, other] = model.take(given);
    expect(one).toEqual(other);
    if (given.op === "drop") isRight(model);
  }
  model.keep();
  isRight(model);
  const [usage, plainUsage] = model.usage;
  expect(usage).toEqual(plainUsage);
  const [names, plainNames] = model.both;
  expect(names).toEqual(plainNames);
  model.close();
  expect(model.retainedBytes).toBe(model.expectedBytes);
  while (model.states.size > 0) model.drop(steps.length);
  expect(model.retainedBytes).toBe(0);
}

function isRight(model: Model): void {
  const now = picture(model.store);
  expect(model.retainedBytes).toBe(model.expectedBytes);
  const ids = [...model.states.keys()];
  for (const [i, id] of ids.entries()) {
    const shows = model.states.get(id) ?? now;
    expect(picture(model.open(id))).toEqual(shows);
    expect(untold(shows, now, model.changes(id))).toEqual([]);
    for (const other of ids.slice(i + 1))
      expect(untold(shows, model.states.get(other) ?? now, model.changes(id, other))).toEqual([]);
  }
}

describe("memory › snapshots of random operations", () => {
  it("show what was, tell of what changed, and keep what only they need", () => {
    fc.assert(fc.property(fc.array(step, { minLength: 10, maxLength: 60, size: "max" }), holds), RUNS);
  });
});
