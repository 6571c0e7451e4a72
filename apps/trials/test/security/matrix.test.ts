import { createHash } from "node:crypto";
import { createVfs, type Vfs } from "@vfs/core";
import { secure, type RuleLike, type SecureLayer } from "@vfs/security";
import { afterAll, describe, expect, it } from "vitest";
import { ALIASES, type Alias } from "./aliases.ts";
import { ALL_OPERATIONS, ATTEMPTS, NOT_TRIED, type Attempt } from "./operations.ts";
import { asText, guarded, hostFolder, leaks, picture, SECRET, STORES, type Guarded } from "./stores.ts";

// Each way to say the same.
const RULES: Readonly<Record<string, RuleLike>> = {
  path: "/secret",
  glob: { name: "kept back", glob: "/secret/**" },
  regex: { name: "kept back", regex: /^\/secret(?:\/|$)/ },
};
const DIGESTS = ["md5", "sha1", "sha256"].map((name) => createHash(name).update(SECRET).digest("hex"));
/** What nobody may be given. */
const FORBIDDEN = [SECRET, "deep.txt", ...DIGESTS];

const { folder, remove } = hostFolder();
afterAll(remove);

/** The files as the caller of an alias has them. */
function seenBy(vfs: Vfs, { root, cwd }: Alias): Vfs {
  return root === undefined && cwd === undefined ? vfs : vfs.view({ root, cwd });
}

/** Whether an alias leads to the secret when nobody minds. */
async function leadsThere(owner: Vfs, alias: Alias): Promise<boolean> {
  try {
    return (await seenBy(owner, alias).readFile(alias.path, "utf8")) === SECRET;
  } catch {
    return false;
  }
}

async function isLink(owner: Vfs, alias: Alias): Promise<boolean> {
  try {
    return (await seenBy(owner, alias).lstat(alias.path)).type === "symlink";
  } catch {
    return false;
  }
}

/** What became of an attempt: what it gave back or threw. */
async function outcome(
  attempt: Attempt,
  vfs: Vfs,
  alias: Alias,
): Promise<{ failed: boolean; told: unknown }> {
  try {
    const told = await attempt.run(seenBy(vfs, alias), alias.path);
    const isBatch = Array.isArray(told) && attempt.name.startsWith("batch");
    return { failed: isBatch && told.every(({ ok }: { ok: boolean }) => !ok), told };
  } catch (error) {
    return { failed: true, told: error };
  }
}

/** A store in which an alias is prepared: one for all attempts that leave everything as it was. */
class Stage {
  readonly #kind: string;
  readonly #alias: Alias;
  #guarded: Guarded | undefined;
  #before = "";

  constructor(kind: string, alias: Alias) {
    this.#kind = kind;
    this.#alias = alias;
  }

  async get(): Promise<Guarded> {
    if (this.#guarded !== undefined) return this.#guarded;
    const made = await guarded(this.#kind, folder);
    this.#guarded = made;
    await this.#alias.prepare?.(made.owner);
    this.#before = JSON.stringify(await picture(made.owner, "/"));
    return made;
  }

  /** After an attempt: what has changed is for nobody else. */
  async clear(): Promise<void> {
    const owner = this.#guarded?.owner;
    if (owner !== undefined && JSON.stringify(await picture(owner, "/")) !== this.#before) await this.close();
  }

  async close(): Promise<void> {
    await this.#guarded?.close();
    this.#guarded = undefined;
  }
}

/** Makes an attempt, and says what it got or changed that it may not. */
async function tryOne(stage: Stage, alias: Alias, attempt: Attempt, policy: SecureLayer): Promise<string[]> {
  const faults: string[] = [];
  const { store, owner } = await stage.get();
  const isOfLink = attempt.ofName === true && (await isLink(owner, alias));
  const mustFail = !isOfLink && attempt.byText !== true && (await leadsThere(owner, alias));
  const before = await picture(owner, "/secret");
  const vfs = createVfs(store, { layers: [policy], keepOpen: true });
  const { failed, told } = await outcome(attempt, vfs, alias);
  await vfs.close();
  const where = `${attempt.name} of ${alias.name}`;
  const text = asText(told);
  for (const word of FORBIDDEN) if (text.includes(word)) faults.push(`${where} told ${word}`);
  if (mustFail && !failed) faults.push(`${where} was let through`);
  if (mustFail && policy.violations().length === 0) faults.push(`${where} was not noted`);
  const copies = await leaks(owner);
  if (copies.length > 0) faults.push(`${where} left the secret in ${copies.join(", ")}`);
  if (JSON.stringify(await picture(owner, "/secret")) !== JSON.stringify(before))
    faults.push(`${where} changed it`);
  await stage.clear();
  return faults;
}

async function unguarded(): Promise<Guarded> {
  return guarded("memory", folder);
}

describe("the matrix", () => {
  it("has teeth: without a policy, most aliases lead to the secret and each attempt gets or changes it", async () => {
    let leading = 0;
    for (const alias of ALIASES) {
      const { owner, close } = await unguarded();
      await alias.prepare?.(owner);
      if (await leadsThere(owner, alias)) leading++;
      await close();
    }
    expect([ALIASES.length, leading]).toEqual([60, expect.any(Number)]);
    expect(leading).toBeGreaterThanOrEqual(32);
    const harmless: string[] = [];
    for (const attempt of ATTEMPTS) {
      const { owner, close } = await unguarded();
      const path = attempt.kind === "list" ? "/secret/sub" : "/secret/key.txt";
      // Long ago, so that whatever sets the time of now is seen.
      await owner.utimes(path, 5, 5);
      const before = await picture(owner, "/");
      const { told } = await outcome(attempt, owner, { name: "", path });
      // Without the numbers of lines of a stack.
      const text = asText(told).replaceAll(/\s+at .*/g, "");
      const isTold = [...FORBIDDEN, String(SECRET.length)].some((word) => text.includes(word));
      if (!isTold && JSON.stringify(await picture(owner, "/")) === JSON.stringify(before))
        harmless.push(attempt.name);
      await close();
    }
    // Of a file: it is only tried on links, and tells no more than where they lead.
    expect(harmless).toEqual(["readlink"]);
  });

  it("comes to every operation that there is", async () => {
    const seen = new Set<string>();
    for (const attempt of ATTEMPTS)
      for (const path of ["/secret/key.txt", "/secret/sub", "/open"]) {
        const { store, close } = await guarded("sqlite", folder);
        const layer = {
          name: "listener",
          slot: "trace" as const,
          handle: (call: { op: string }, next: (call: never) => unknown) => {
            seen.add(call.op);
            return next(call as never) as never;
          },
        };
        const vfs = createVfs(store, { layers: [layer], keepOpen: true });
        await outcome(attempt, vfs, { name: "", path });
        await vfs.close();
        await close();
      }
    const missing = ALL_OPERATIONS.filter((op) => !seen.has(op) && NOT_TRIED[op] === undefined);
    expect(missing).toEqual([]);
  });
});

for (const kind of STORES)
  for (const [form, rule] of Object.entries(RULES).slice(0, kind === "memory" ? 3 : 1))
    describe(`what a ${form} rule denies, on ${kind}`, () => {
      for (const alias of ALIASES)
        it(`is neither told nor changed by way of ${alias.name}`, async () => {
          const stage = new Stage(kind, alias);
          const { caps } = (await stage.get()).store;
          const faults: string[] = [];
          if (alias.needs?.(caps) === false)
            throw new Error(`${kind} must be able to do what ${alias.name} takes`);
          for (const attempt of ATTEMPTS)
            if (attempt.needs?.(caps) !== false)
              faults.push(...(await tryOne(stage, alias, attempt, secure("testing", { deny: [rule] }))));
          await stage.close();
          expect(faults.join("\n")).toBe("");
        });
    });
