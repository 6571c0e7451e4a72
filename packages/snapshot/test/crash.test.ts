import assert from "node:assert/strict";
import { createVfs, isVfsError, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { snapshots, type Snapshots } from "../src/index.ts";
import { Dying } from "./failing.ts";
import { KEPT_BY, plainMemory } from "./kept-by.ts";
import { picture } from "./picture.ts";

interface Scene {
  readonly inner: Provider;
  readonly dying: Dying;
  readonly vfs: Vfs;
  readonly states: Snapshots;
  readonly before: Record<string, unknown>;
  readonly changed: Record<string, unknown>;
}

/** A tree with a snapshot, that was changed since in every way. */
async function scene(make: () => Provider = memory): Promise<Scene> {
  const inner = make();
  const dying = new Dying(inner);
  const vfs = createVfs(dying.provider);
  const states = snapshots(vfs);
  await vfs.mkdir("/a/empty", { recursive: true });
  for (const name of ["one", "two", "three"]) await vfs.writeFile(`/a/${name}`, name, { mode: 0o640 });
  await vfs.link("/a/one", "/linked");
  await vfs.symlink("a/one", "/soft");
  const before = await picture(vfs);
  await states.create("before", { tags: ["kept"] });
  await vfs.writeFile("/a/one", "another one");
  await vfs.chmod("/a/two", 0o600);
  await vfs.rm("/a/empty", { recursive: true });
  await vfs.rm("/soft");
  await vfs.rm("/linked");
  await vfs.mkdir("/later/on", { recursive: true });
  await vfs.writeFile("/later/on/file", "later");
  return { inner, dying, vfs, states, before, changed: await picture(vfs) };
}

/** Lets an action die at each of its changes, before and after it is done, and looks at what is left each time. */
async function atEachChange(
  make: () => Provider,
  action: (states: Snapshots) => Promise<unknown>,
  check: (left: Scene & { readonly vfs: Vfs; readonly states: Snapshots }) => Promise<void>,
): Promise<number> {
  const whole = await scene(make);
  whole.dying.arm(Infinity, false);
  await action(whole.states);
  const { count } = whole.dying;
  for (let at = 1; at <= count; at++)
    for (const after of [false, true]) {
      const left = await scene(make);
      left.dying.arm(at, after);
      const failure = await action(left.states).catch((reason: unknown) => reason);
      // Hashes are others each time, and with them how many directories have to be made: one may come through.
      assert(!(failure instanceof Error) || isVfsError(failure, "EIO"), `${at}: ${String(failure)}`);
      const vfs = createVfs(left.inner, { keepOpen: true });
      await leaseEnds(vfs);
      await check({ ...left, vfs, states: snapshots(vfs) });
    }
  return count;
}

/** As if the time had passed after which nobody waits for the dead. */
async function leaseEnds(vfs: Vfs): Promise<void> {
  if (await vfs.exists("/.vfs-snapshots/lock"))
    await vfs.writeFile("/.vfs-snapshots/lock", JSON.stringify({ owner: "dead", untilMs: Date.now() - 1 }));
}

async function allIsWhole(states: Snapshots): Promise<void> {
  for (const { name } of await states.list({ auto: true }))
    expect((await states.verify(name)).damages).toEqual([]);
}

/** Nothing is stored but what is needed, once somebody has swept. */
async function nothingIsLeftOver(vfs: Vfs, states: Snapshots): Promise<void> {
  await states.delete(...(await states.list({ auto: true })).map(({ name }) => name));
  const objects = "/.vfs-snapshots/objects";
  expect((await vfs.exists(objects)) ? (await vfs.du(objects)).files : 0).toBe(0);
  expect((await (await vfs.storeSnapshots("/"))?.all()) ?? []).toEqual([]);
  expect((await states.usage()).bytes).toBe(0);
}

describe.each(Object.entries(KEPT_BY))(
  "where snapshots are kept by %s, a program that dies at any change",
  (_, make) => {
    /** A change in the middle of a restore. */
    const middle = make === plainMemory ? 30 : 10;

    it("of create leaves the snapshots that were, and the next one goes well", async () => {
      const count = await atEachChange(
        make,
        (states) => states.create("second"),
        async ({ vfs, states, before, changed }) => {
          expect(await picture(vfs)).toEqual(changed);
          await allIsWhole(states);
          await states.create("third");
          await allIsWhole(states);
          await states.restore("before");
          expect(await picture(vfs)).toEqual(before);
          await states.restore("third");
          expect(await picture(vfs)).toEqual(changed);
          await nothingIsLeftOver(vfs, states);
        },
      );
      expect(count).toBeGreaterThan(3);
    });

    it("of restore can be finished by calling it again", async () => {
      const count = await atEachChange(
        make,
        (states) => states.restore("before"),
        async ({ vfs, states, before }) => {
          await states.restore("before");
          expect(await picture(vfs)).toEqual(before);
          await states.create("goes on");
          await allIsWhole(states);
          await nothingIsLeftOver(vfs, states);
        },
      );
      expect(count).toBeGreaterThan(15);
    });

    for (const how of ["finish", "rollback"] as const)
      it(`of restore can be ended by recover: ${how}`, async () => {
        let ended = 0;
        await atEachChange(
          make,
          (states) => states.restore("before"),
          async ({ vfs, states, before, changed }) => {
            const report = await states.recover(how);
            if (report !== undefined) ended++;
            const wanted = how === "finish" ? [before] : [changed];
            // Where nothing was open, nothing had begun, or all was done.
            expect(report === undefined ? [before, changed] : wanted).toContainEqual(await picture(vfs));
            expect(await states.recover(how)).toBeUndefined();
            await nothingIsLeftOver(vfs, states);
          },
        );
        expect(ended).toBeGreaterThan(20);
      });

    it("of restore is told of, before a snapshot of half a tree is made", async () => {
      const { states, dying, inner } = await scene(make);
      dying.arm(middle, false);
      await expect(states.restore("before")).rejects.toMatchObject({ code: "EIO" });
      await leaseEnds(createVfs(inner));
      const again = snapshots(createVfs(inner));
      await expect(again.create("half")).rejects.toMatchObject({ code: "EBUSY" });
      await expect(again.restore("before", { path: "/a" })).rejects.toMatchObject({ code: "EBUSY" });
      await again.recover("finish");
      await again.create("whole");
    });

    it("of restore a second time goes back to the state before the first, whatever was deleted meanwhile", async () => {
      let ended = 0;
      for (let at = 1; at <= 20; at++) {
        const { states, dying, inner, before, changed } = await scene(make);
        dying.arm(middle - 2, false);
        await expect(states.restore("before")).rejects.toMatchObject({ code: "EIO" });
        const again = new Dying(inner);
        const second = createVfs(again.provider);
        await leaseEnds(second);
        again.arm(at, true);
        // One that gets as far as its end is done.
        await snapshots(second)
          .restore("before")
          .catch(() => undefined);
        const vfs = createVfs(inner);
        await leaseEnds(vfs);
        const last = snapshots(vfs);
        await last.delete("before");
        const report = await last.recover("rollback");
        if (report !== undefined) ended++;
        expect(await picture(vfs)).toEqual(report === undefined ? before : changed);
      }
      expect(ended).toBeGreaterThan(5);
    });

    it("of prune or delete never takes what is needed", async () => {
      for (const action of [
        (states: Snapshots): Promise<unknown> => states.prune({ keep: 0 }),
        (states: Snapshots): Promise<unknown> => states.delete("extra"),
      ])
        await atEachChange(
          make,
          async (states) => {
            await states.create("extra");
            await action(states);
          },
          async ({ vfs, states, before }) => {
            await allIsWhole(states);
            await states.create("next");
            await allIsWhole(states);
            await states.restore("before");
            expect(await picture(vfs)).toEqual(before);
            await nothingIsLeftOver(vfs, states);
          },
        );
    });

    it("of import keeps nothing of it", async () => {
      const archive = JSON.stringify({ snapshot: { files: { "/x": "x", "/d/y": "y" } }, metadata: {} });
      await atEachChange(
        make,
        (states) => states.import(archive, { name: "imported" }),
        async ({ vfs, states, changed }) => {
          expect(await picture(vfs)).toEqual(changed);
          await allIsWhole(states);
          await nothingIsLeftOver(vfs, states);
        },
      );
    });
  },
);

describe("the lock", () => {
  it("lets one at a time work on a store, whoever they are", async () => {
    const { vfs } = await scene();
    const first = snapshots(vfs);
    const many = [first, snapshots(vfs), snapshots(vfs), snapshots(vfs)];
    await Promise.all(many.map((states, at) => states.create(`s${at}`)));
    expect((await first.list()).length).toBe(5);
    await allIsWhole(first);
  });

  it("of somebody who lives is waited for, of somebody who died is taken", async () => {
    const { vfs } = await scene();
    const states = snapshots(vfs, { leaseMs: 60 });
    const lease = (untilMs: number): Promise<void> =>
      vfs.writeFile("/.vfs-snapshots/lock", JSON.stringify({ owner: "other", untilMs }));
    await lease(Date.now() + 60_000);
    await expect(states.create("busy")).rejects.toMatchObject({ code: "EBUSY", retryable: true });
    await lease(Date.now() - 1);
    await states.create("free");
    await lease(Date.now() - 1);
    const all = [states, snapshots(vfs), snapshots(vfs)];
    await Promise.all(all.map((one, at) => one.create(`taken-${at}`)));
    expect((await states.list()).length).toBe(5);
    expect(await vfs.exists("/.vfs-snapshots/lock")).toBe(false);
  });

  it("that somebody else took meanwhile ends what was under way, and nothing is lost", async () => {
    const { vfs } = await scene(plainMemory);
    const states = snapshots(vfs);
    let taken = false;
    const failure = await states
      .create("late", {
        onProgress: () => {
          taken = true;
          vfs.sync.writeFile(
            "/.vfs-snapshots/lock",
            JSON.stringify({ owner: "other", untilMs: Date.now() + 50 }),
          );
        },
      })
      .catch((reason: unknown) => reason);
    expect([taken, isVfsError(failure, "ESTALE")]).toEqual([true, true]);
    expect((await states.list()).map(({ name }) => name)).toEqual(["before"]);
    await states.create("again");
    await allIsWhole(states);
  });
});
