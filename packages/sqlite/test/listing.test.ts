import type { Entry, ListOptions, Page, VPath } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { CONTEXT } from "./context.ts";

describe("sqlite › listing", () => {
  it.each([{}, { recursive: true }, { stat: true }])(
    "list › gives at least one entry a page, so that whoever follows the cursor comes to an end: %o",
    async (how) => {
      const provider = sqlite({ file: ":memory:" });
      const names = ["a", "b", "c"];
      for (const name of names) await provider.mkdir?.(`/${name}` as VPath, {}, CONTEXT);
      const page = (cursor?: string): Page<Entry> => {
        const options: ListOptions = { ...how, limit: 0, cursor };
        return provider.list("/" as VPath, options, CONTEXT) as Page<Entry>;
      };
      const found: string[] = [];
      let { items, cursor } = page();
      for (let pages = 0; pages < 10 && cursor !== undefined; pages++) {
        found.push(...items.map(({ name }) => name));
        ({ items, cursor } = page(cursor));
      }
      expect([...found, ...items.map(({ name }) => name)]).toEqual(names);
      await provider.close?.();
    },
  );
});
