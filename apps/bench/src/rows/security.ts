import { createVfs, type Layer, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { audit, secure, type Rule } from "@vfs/security";
import { sideBySide } from "../measure.ts";
import { atMost, told, type Bench, type Row } from "../row.ts";

const KIB = new Uint8Array(1024).fill(65);
const FOLDER = "/home/some/folder";
const FILES = 100;
// More than a policy remembers: each is looked through anew.
const MANY = 20_000;

/** What a policy adds to a call, and whether that grows with its rules. */
export const security: Bench = {
  name: "security: files of 1 KiB in memory",
  run: async () => [...(await added()), ...(await grown()), ...(await logged())],
};

async function filled(layers: readonly Layer[], files = FILES): Promise<Vfs> {
  const vfs = createVfs(memory(), { layers });
  await vfs.mkdir(FOLDER, { recursive: true });
  for (let i = 0; i < files; i++) vfs.sync.writeFile(`${FOLDER}/file${i}`, KIB);
  return vfs;
}

/** The strict profile, with room for the files of this bench. */
function strict(deny: readonly Rule[] = []): Layer {
  return secure("strict", { deny, maxFiles: Infinity, maxTotalBytes: Infinity });
}

async function added(): Promise<Row[]> {
  const bare = await filled([]);
  const guarded = await filled([strict()]);
  const paths = Array.from({ length: FILES }, (_, i) => `${FOLDER}/file${i}`);
  let i = 0;
  const path = (): string => paths[i++ % FILES] ?? "";
  const calls: [string, (vfs: Vfs) => () => unknown][] = [
    ["writeFile", (vfs) => () => vfs.sync.writeFile(path(), KIB)],
    ["stat", (vfs) => () => vfs.sync.stat(path())],
  ];
  const rows: Row[] = [];
  for (const [name, call] of calls) {
    // The collector's work falls on one side or the other: what is left without it is the least of a few.
    let [without = Number.NaN, behind = Number.NaN] = await sideBySide(call(bare), call(guarded));
    for (let again = 0; again < 2; again++) {
      const [first = without, second = behind] = await sideBySide(call(bare), call(guarded));
      without = Math.min(without, first);
      behind = Math.min(behind, second);
    }
    const what = `strict, ${name}: ${Math.round(without)} ns without; added`;
    rows.push(atMost(what, behind - without, 300, "ns"));
  }
  return rows;
}

const KINDS: Readonly<Record<string, (i: number) => Rule>> = {
  prefix: (i) => ({ path: `/home/other${i}/data` }),
  glob: (i) => ({
    glob:
      [`/home/project${i}/**/*.t${i}`, `**/secret-${i}`, `**/*.x${i}`, `/home/*/data${i}/*.csv`][i % 4] ?? "",
  }),
};

async function grown(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [kind, ruleOf] of Object.entries(KINDS)) {
    const rules = (count: number): Rule[] => Array.from({ length: count }, (_, i) => ruleOf(i));
    const ten = await filled([strict(rules(10))], MANY);
    const thousand = await filled([strict(rules(1000))], MANY);
    for (const [what, files] of [
      ["paths asked about lately", FILES],
      ["paths looked through anew", MANY],
    ] as const) {
      let i = 0;
      const stat = (vfs: Vfs) => () => vfs.sync.stat(`${FOLDER}/file${i++ % files}`);
      const [few = Number.NaN, many = Number.NaN] = await sideBySide(stat(ten), stat(thousand));
      rows.push(
        atMost(
          `stat, ${what}: 10 ${kind} rules ${Math.round(few)} ns, 1,000 ${Math.round(many)} ns`,
          many / few,
          1.2,
          "x",
        ),
      );
    }
  }
  return rows;
}

async function logged(): Promise<Row[]> {
  const ROUND = 2000;
  const log = audit({ provider: memory(), path: "/audit.jsonl" }, { key: "a key of sixteen bytes" });
  const vfs = await filled([log]);
  await log.flush();
  const round = async (): Promise<void> => {
    for (let i = 0; i < ROUND; i++) vfs.sync.stat(`${FOLDER}/file${i % FILES}`);
    await log.flush();
  };
  const [took = Number.NaN] = await sideBySide(round);
  return [told("audit with a key, written down and flushed, a call", took / ROUND, "ns")];
}
