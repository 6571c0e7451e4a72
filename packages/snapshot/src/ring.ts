import { isVfsError } from "@vfs/core";
import { shown, type Catalog, type Snapshot } from "./catalog.ts";
import type { State } from "./engine.ts";
import type { Keeper } from "./keeper.ts";
import type { Restorer } from "./restore/restorer.ts";

/** The automatic snapshots: a bounded number of states to go back to, and forward again. */
export class Ring {
  readonly #keeper: Keeper;
  readonly #restorer: Restorer;

  constructor(keeper: Keeper, restorer: Restorer) {
    this.#keeper = keeper;
    this.#restorer = restorer;
  }

  /** An automatic snapshot; the oldest of too many go. */
  point(reason: string, most: number): Promise<void> {
    return this.#keeper.exclusive(async () => {
      const { catalog, state } = await this.#keepInRing();
      const last = catalog.snapshots.find(({ name }) => name === catalog.undo.at(-1));
      const { engine } = this.#keeper;
      if (last !== undefined && catalog.redo.length === 0 && (await engine.isSame(last.root, state.root)))
        return state.discard();
      const name = autoName();
      await this.#keeper.add(state, { name, description: reason, tags: [], auto: true }, ({ undo }) => ({
        undo: [...undo, name],
        redo: [],
      }));
      const next = await this.#keeper.engine.catalog();
      const stays = new Set(next.undo.slice(-most));
      const goes = next.snapshots
        .filter((one) => isPoint(one) && !stays.has(one.name))
        .map((one) => one.name);
      // A sweep reads the lists of all snapshots: not each time that one goes.
      if (goes.length >= Math.max(1, most >> 1)) await this.#keeper.drop(next, new Set(goes));
    });
  }

  /** Keeps the tree; where there is no room, half of the ring makes some. */
  async #keepInRing(): Promise<{ catalog: Catalog; state: State }> {
    const catalog = await this.#keeper.settled();
    try {
      return { catalog, state: await this.#keeper.engine.keep({}) };
    } catch (reason) {
      const stays = new Set(catalog.undo.slice(Math.ceil(catalog.undo.length / 2)));
      const goes = catalog.snapshots.filter((one) => isPoint(one) && !stays.has(one.name));
      if (!isVfsError(reason, "EDQUOT") || goes.length === 0) throw reason;
      await this.#keeper.drop(catalog, new Set(goes.map(({ name }) => name)));
      return { catalog: await this.#keeper.engine.catalog(), state: await this.#keeper.engine.keep({}) };
    }
  }

  /**
   * Goes to the next state of one list that the tree differs from, and puts the tree of now onto the other.
   */
  step(from: "undo" | "redo", to: "undo" | "redo"): Promise<Snapshot | undefined> {
    return this.#keeper.exclusive(async () => {
      const catalog = await this.#keeper.settled();
      const current = await this.#keeper.engine.keep({});
      const points = [...catalog[from]];
      for (let name = points.pop(); name !== undefined; name = points.pop()) {
        const point = catalog.snapshots.find((one) => one.name === name);
        // One that is like the tree of now would change nothing.
        if (point === undefined || (await this.#keeper.engine.isSame(point.root, current.root))) continue;
        await this.#restorer.restore(catalog, point, "/", {});
        const here = autoName();
        await this.#keeper.add(
          current,
          { name: here, description: `before ${from}`, tags: [], auto: true },
          (now) => ({
            [from]: points,
            [to]: [...now[to], here],
          }),
        );
        return shown(point);
      }
      await current.discard();
      return undefined;
    });
  }
}

function autoName(): string {
  return `auto-${crypto.randomUUID()}`;
}

/** Whether it is one of ours: that of a fork belongs to the fork. */
function isPoint({ auto, name }: Snapshot): boolean {
  return auto && name.startsWith("auto-");
}
