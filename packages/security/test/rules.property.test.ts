import { createVfs, isVfsError, type Vfs, type VPath } from "@vfs/core";
import { memory } from "@vfs/memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { secure, type OperationClass, type Rule } from "../src/index.ts";
import { isAllowed, remembered, type Book, type Need } from "./reference.ts";

const NAMES = ["a", "b", "c.x", ".env"];
const CLASSES: OperationClass[] = ["read", "list", "meta", "write", "create", "delete", "link", "admin"];
const ACTORS = [undefined, "ada", "bob"];

/** All paths down to three levels. */
const PATHS = ["/", ...below("", 3)];

function below(path: string, levels: number): string[] {
  return levels === 0
    ? []
    : NAMES.flatMap((name) => [`${path}/${name}`].concat(below(`${path}/${name}`, levels - 1)));
}

const threeBelow = remembered((at: string) => below(at === "/" ? "" : at, 3));
const fourBelow = remembered((at: string) => below(at === "/" ? "" : at, 4));

const step = fc.constantFrom("a", "b", "c.x", ".env", "*", "**", "*.x", "[ab]", "?", "{a,.env}");
const glob = fc.oneof(
  fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => `/${steps.join("/")}`),
  fc.constantFrom("*.x", ".env", "a", "*", "**/a/**", "**/.env", "a/**/b"),
);
const place = fc.oneof(
  fc.constantFrom(...PATHS.filter((path) => path.split("/").length <= 3)).map((path) => ({ path })),
  glob.map((one) => ({ glob: one })),
  fc.constantFrom(/^\/a\//, /^\/a\/b/, /x$/, /a.*b/, /^\/(a|b)$/, /^\/a\/?b/).map((regex) => ({ regex })),
  fc.constant({}),
);
const rule: fc.Arbitrary<Rule> = fc
  .record(
    {
      place,
      operations: fc.subarray(CLASSES, { minLength: 1 }),
      actors: fc.subarray(["ada", "bob"], { minLength: 1 }),
      extensions: fc.constantFrom(["x"], ["env"]),
    },
    { requiredKeys: ["place"] },
  )
  .map(({ place: where, ...rest }): Rule => Object.assign({}, where, rest));
const book: fc.Arbitrary<Book> = fc.record({
  allow: fc.oneof(fc.constant([{ path: "/" }]), fc.array(rule, { minLength: 1, maxLength: 3 })),
  deny: fc.array(rule, { maxLength: 3 }),
});

/** Rules whose conditions do not exclude each other: a way is held open also for what in the end matches nothing. */
const plainBook = book.filter(({ allow }) =>
  allow.every(
    ({ path: prefix, glob: one, regex, extensions }) =>
      (regex === undefined && extensions === undefined) ||
      (extensions !== undefined && (prefix ?? one ?? regex) === undefined) ||
      (extensions === undefined && ["^\\/a\\/", "x$", "a.*b"].includes((regex as RegExp).source)),
  ),
);

const layer = ({ allow, deny }: Book) => secure("testing", { allowedPaths: [], allow, deny });

const path = fc.constantFrom(...PATHS.filter((one) => one !== "/" && one.split("/").length <= 4));

/** An operation: what it does, and what it needs at the least. */
interface Trial {
  readonly text: string;
  readonly run: (vfs: Vfs) => Promise<unknown>;
  readonly needs: readonly Need[];
  /** Of a rename: core looks at both directories first, and all that is in a directory goes along. */
  readonly moves?: readonly [at: string, to: string];
}

const replaces = (at: string): Need[] => [
  [at, "write"],
  [at, "create", "ifNew"],
];
const MAKERS: ((at: string, to: string) => Trial)[] = [
  (at) => ({ text: `readFile ${at}`, run: (vfs) => vfs.readFile(at, "utf8"), needs: [[at, "read"]] }),
  (at) => ({ text: `writeFile ${at}`, run: (vfs) => vfs.writeFile(at, "new"), needs: replaces(at) }),
  (at) => ({
    text: `writeFile wx ${at}`,
    run: (vfs) => vfs.writeFile(at, "new", { flag: "wx" }),
    needs: [[at, "create"]],
  }),
  (at) => ({ text: `appendFile ${at}`, run: (vfs) => vfs.appendFile(at, "more"), needs: replaces(at) }),
  (at) => ({ text: `truncate ${at}`, run: (vfs) => vfs.truncate(at, 1), needs: [[at, "write"]] }),
  (at) => ({ text: `mkdir ${at}`, run: (vfs) => vfs.mkdir(at), needs: [[at, "create"]] }),
  (at) => ({ text: `rmdir ${at}`, run: (vfs) => vfs.rmdir(at), needs: [[at, "delete"]] }),
  (at) => ({ text: `unlink ${at}`, run: (vfs) => vfs.unlink(at), needs: [[at, "delete"]] }),
  (at) => ({ text: `chmod ${at}`, run: (vfs) => vfs.chmod(at, 0o700), needs: [[at, "meta"]] }),
  (at, to) => ({
    text: `copyFile ${at} ${to}`,
    run: (vfs) => vfs.copyFile(at, to),
    needs: [[at, "read"], ...replaces(to)],
  }),
  (at, to) => ({
    text: `link ${at} ${to}`,
    run: (vfs) => vfs.link(at, to),
    needs: [
      ...(["link", "read", "write", "meta"] as const).map((operation): Need => [at, operation]),
      [to, "link"],
      [to, "create"],
    ],
  }),
  (at) => ({
    text: `symlink ${at}`,
    run: (vfs) => vfs.symlink("nowhere", at),
    needs: [
      [at, "link"],
      [at, "create"],
    ],
  }),
  (at) => ({
    text: `open r+ and write ${at}`,
    run: async (vfs) => {
      const handle = await vfs.open(at, "r+");
      try {
        await handle.write("z", 0);
        return await handle.readFile("utf8");
      } finally {
        await handle.close();
      }
    },
    needs: [
      [at, "read"],
      [at, "write"],
    ],
  }),
];
MAKERS.push((at, to) => ({
  text: `rename ${at} ${to}`,
  run: (vfs) => vfs.rename(at, to),
  needs: [[at, "read"], [at, "delete"], ...replaces(to)],
  moves: [at, to],
}));
const trial = fc.tuple(fc.constantFrom(...MAKERS), path, path).map(([make, at, to]): Trial => make(at, to));

async function filled(): Promise<ReturnType<typeof memory>> {
  const store = memory();
  const vfs = createVfs(store, { keepOpen: true });
  for (const directory of ["/a/a", "/a/b", "/b/c.x", "/.env"])
    await vfs.mkdir(directory, { recursive: true });
  for (const file of ["/c.x", "/a/c.x", "/a/.env", "/a/b/a", "/b/c.x/b", "/.env/a"])
    await vfs.writeFile(file, file);
  return store;
}

async function outcomeOf(action: () => Promise<unknown>): Promise<unknown> {
  try {
    return { value: await action() };
  } catch (error) {
    if (!isVfsError(error)) throw error;
    if (error.reason === "policy") return "refused";
    // Which of two paths is looked at first, and so which of these is told, is nobody's concern.
    return error.code === "ENOTDIR" ? "ENOENT" : error.code;
  }
}

async function treeOf(store: ReturnType<typeof memory>): Promise<unknown> {
  const vfs = createVfs(store, { keepOpen: true });
  const lines: string[] = [];
  for (const one of await vfs.readdir("/", { recursive: true })) {
    const { mode, size, type } = await vfs.lstat(`/${one}`);
    lines.push(`${one} ${type} ${mode} ${type === "directory" ? "" : size}`);
  }
  return lines.sort();
}

describe("rules", () => {
  it("decide about random operations as the reference does", async () => {
    await fc.assert(
      fc.asyncProperty(
        plainBook,
        fc.constantFrom(...ACTORS),
        fc.array(trial, { maxLength: 6 }),
        async (rules, actor, trials) => {
          const store = await filled();
          const bare = await filled();
          const vfs = createVfs(store, { layers: [layer(rules)] }).view({ actor });
          const free = createVfs(bare);
          for (const { text, run, needs, moves } of trials) {
            const inTheWay = moves === undefined ? undefined : await wayTo(rules, free, actor, moves);
            const all = moves === undefined ? needs : [...needs, ...(await movedWith(free, moves))];
            const isNew = async (at: string): Promise<boolean> =>
              (await free.lstat(at, { throwIfNoEntry: false }).catch(() => undefined)) === undefined;
            let refused = false;
            for (const [at, operation, ifNew] of all)
              if (!isAllowed(rules, at, operation, actor))
                refused ||= ifNew === undefined || (await isNew(at));
            // What is in the way of a look is in the way of the call: no such directory, a file in the middle.
            const expected = inTheWay ?? (refused ? "refused" : await outcomeOf(() => run(free)));
            // A directory that looks empty and is not: the rules keep what is in it.
            const looksEmpty =
              text.startsWith("rmdir") &&
              expected === "ENOTEMPTY" &&
              (await isEmptyFor(rules, free, actor, text.slice(6)));
            const actual = await outcomeOf(() => run(vfs));
            expect([text, looksEmpty && actual === "refused" ? expected : actual]).toEqual([text, expected]);
          }
          expect(await treeOf(store)).toEqual(await treeOf(bare));
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("decide about listings as the reference does", async () => {
    await fc.assert(
      fc.asyncProperty(
        plainBook,
        fc.constantFrom(...ACTORS),
        fc.constantFrom("/", "/a", "/b", "/a/b"),
        async (rules, actor, at) => {
          const store = await filled();
          const vfs = createVfs(store, { layers: [layer(rules)] }).view({ actor });
          const free = createVfs(store, { keepOpen: true });
          const isSeen = (one: string, isDirectory: boolean): boolean =>
            isAllowed(rules, one, "list", actor) || (isDirectory && leadsOn(rules, one, actor));
          const expected = isSeen(at, true)
            ? (await free.readdir(at, { withFileTypes: true }))
                .filter((entry) => isSeen(`${at === "/" ? "" : at}/${entry.name}`, entry.isDirectory()))
                .map(({ name }) => name)
            : "refused";
          const actual = await outcomeOf(() => vfs.readdir(at));
          expect(actual).toEqual(expected === "refused" ? expected : { value: expected });
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("say exactly where they decide below", () => {
    fc.assert(
      fc.property(plainBook, fc.constantFrom("/", "/a", "/b", "/a/b", "/a/a", "/.env"), (rules, at) => {
        const decides = layer(rules).decidesBelow?.(at as VPath);
        const differs = ACTORS.some((actor) => {
          const says = (one: string): string =>
            CLASSES.map((name) => isAllowed(rules, one, name, actor)).join();
          const own = says(at);
          return (
            threeBelow(at).some((one) => says(one) !== own) ||
            (!isAllowed(rules, at, "list", actor) && leadsOn(rules, at, actor))
          );
        });
        // It may say so where nothing differs in the end, because two conditions exclude each other; never the reverse.
        expect(decides === true || !differs).toBe(true);
        const plain = [...rules.allow, ...rules.deny].every(
          ({ path: prefix, regex, extensions, glob: one }) =>
            prefix !== undefined && regex === undefined && one === undefined && extensions === undefined,
        );
        expect(decides === false || differs || !plain).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

const parentOf = (at: string): string => at.slice(0, Math.max(1, at.lastIndexOf("/")));

/** What keeps a rename from being looked at: a directory that is not there, or not to be seen. */
async function wayTo(
  rules: Book,
  free: Vfs,
  actor: string | undefined,
  paths: readonly string[],
): Promise<unknown> {
  for (const parent of paths.map(parentOf)) {
    const found = await outcomeOf(async () => (await free.stat(parent)).isDirectory());
    const isDirectory = (found as { value?: boolean }).value === true;
    if (!isAllowed(rules, parent, "list", actor) && !(isDirectory && leadsOn(rules, parent, actor)))
      return "refused";
    if (typeof found === "string") return found;
  }
  return undefined;
}

async function isEmptyFor(rules: Book, free: Vfs, actor: string | undefined, at: string): Promise<boolean> {
  const entries = await free.readdir(at, { withFileTypes: true });
  return entries.every((entry) => {
    const one = `${at}/${entry.name}`;
    return !isAllowed(rules, one, "list", actor) && !(entry.isDirectory() && leadsOn(rules, one, actor));
  });
}

async function movedWith(free: Vfs, [at, to]: readonly [string, string]): Promise<Need[]> {
  const stat = await free.lstat(at, { throwIfNoEntry: false }).catch(() => undefined);
  if (stat?.isDirectory() !== true) return [];
  const found = await free.readdir(at, { recursive: true });
  return found.flatMap((one): Need[] => [
    [`${at}/${one}`, "read"],
    [`${at}/${one}`, "delete"],
    [`${to}/${one}`, "create"],
  ]);
}

/** Whether a directory is on the way to something that an allow rule matches. */
function leadsOn(rules: Book, at: string, actor: string | undefined): boolean {
  if (!isAllowed({ allow: [{ path: "/" }], deny: rules.deny }, at, "list", actor)) return false;
  return CLASSES.some(
    (name) =>
      isAllowed({ allow: [{ path: "/" }], deny: rules.deny }, at, name, actor) &&
      fourBelow(at).some((one) => isAllowed({ allow: rules.allow, deny: [] }, one, name, actor)),
  );
}
