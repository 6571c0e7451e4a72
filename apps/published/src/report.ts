import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "vite";
import type { Published } from "./packages.ts";

/** One declaration of a module, as text without comments. */
interface Declared {
  readonly module: string;
  readonly name: string;
  readonly text: string;
  /** The names that it uses. */
  readonly uses: ReadonlySet<string>;
}

/** Where a name of a module comes from: another module, under the name that it has there. */
interface Origin {
  readonly module: string;
  readonly name: string;
}

interface Module {
  readonly declared: ReadonlyMap<string, readonly Declared[]>;
  /** What is imported from modules of the package, by its name here. */
  readonly imported: ReadonlyMap<string, Origin>;
  /** What is exported, by the name under which it is. */
  readonly exported: ReadonlyMap<string, Origin>;
  /** What is exported but comes from another package, as it is written. */
  readonly foreign: readonly string[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";
const nameOf = (node: unknown): string =>
  String((node as { name?: string; value?: string }).name ?? (node as { value?: string }).value);

/** The names that a declaration uses: identifiers that are no keys of properties. */
function used(node: Node, names: Set<string> = new Set()): Set<string> {
  if (node.type === "Identifier") names.add(nameOf(node));
  for (const [key, value] of Object.entries(node)) {
    if (key === "key" && node["computed"] !== true) continue;
    for (const each of [value].flat()) if (isNode(each)) used(each, names);
  }
  return names;
}

/** The names that a statement declares. */
function declares(node: Node): string[] {
  if (node.type === "VariableDeclaration")
    return (node["declarations"] as Node[]).map(({ id }) => nameOf(id));
  return isNode(node["id"]) ? [nameOf(node["id"])] : [];
}

function parse(path: string): Module {
  const source = readFileSync(path, "utf8");
  const { program, comments, errors } = parseSync(path, source, { lang: "dts" });
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const text = ({ start, end }: Node): string => {
    let result = "";
    let at = start;
    for (const comment of comments.filter((each) => each.start >= start && each.end <= end)) {
      result += source.slice(at, comment.start);
      at = comment.end;
    }
    return (result + source.slice(at, end)).replaceAll(/[ \t]+$/gm, "").replaceAll(/\n{2,}/g, "\n");
  };
  const inside = (specifier: string): string => join(dirname(path), specifier.replace(/\.[jt]s$/, ".d.ts"));
  const declared = new Map<string, Declared[]>();
  const imported = new Map<string, Origin>();
  const exported = new Map<string, Origin>();
  const foreign: string[] = [];
  for (const node of program.body as unknown as Node[]) {
    const specifier = isNode(node["source"]) ? nameOf(node["source"]) : undefined;
    const specifiers = (node["specifiers"] ?? []) as Node[];
    if (node.type === "ImportDeclaration") {
      if (specifier?.startsWith("."))
        for (const each of specifiers)
          imported.set(nameOf(each["local"]), { module: inside(specifier), name: nameOf(each["imported"]) });
      continue;
    }
    if (node.type === "ExportAllDeclaration") throw new Error(`${path}: export * is not told of`);
    for (const each of specifiers) {
      const name = nameOf(each["local"]);
      if (specifier === undefined) exported.set(nameOf(each["exported"]), { module: path, name });
      else if (specifier.startsWith("."))
        exported.set(nameOf(each["exported"]), { module: inside(specifier), name });
      else foreign.push(text(node));
    }
    const statement = isNode(node["declaration"]) ? node["declaration"] : node;
    for (const name of declares(statement)) {
      const one = { module: path, name, text: text(statement), uses: used(statement) };
      declared.set(name, [...(declared.get(name) ?? []), one]);
      if (statement !== node) exported.set(name, { module: path, name });
    }
  }
  return { declared, imported, exported, foreign };
}

/** What an entry point exports, and what that refers to. */
function describe(entry: string): { exported: string[]; internal: string[] } {
  const modules = new Map<string, Module>();
  const load = (path: string): Module => {
    const known = modules.get(path) ?? parse(path);
    modules.set(path, known);
    return known;
  };
  const find = ({ module, name }: Origin): readonly Declared[] => {
    const { declared, imported, exported } = load(module);
    const elsewhere = imported.get(name) ?? exported.get(name);
    return (
      declared.get(name) ?? (elsewhere === undefined || elsewhere.module === module ? [] : find(elsewhere))
    );
  };
  const told = new Map<Declared, string>();
  const waiting: Declared[] = [];
  const root = load(entry);
  for (const [as, origin] of root.exported)
    for (const one of find(origin)) {
      told.set(one, as === one.name ? "" : `${one.name} as ${as}\n`);
      waiting.push(one);
    }
  const exported = [...told.keys()];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop())
    for (const name of one.uses)
      for (const other of find({ module: one.module, name })) {
        if (told.has(other)) continue;
        told.set(other, "");
        waiting.push(other);
      }
  const internal = [...told.keys()].filter((one) => !exported.includes(one));
  const print = (list: Declared[]): string[] => list.map((one) => told.get(one) + one.text).sort();
  return { exported: [...print(exported), ...root.foreign.toSorted()], internal: print(internal) };
}

/** The report of a package: every declaration that its users can see. Empty where it has none. */
export function report({ folder, manifest }: Published): string {
  const parts: string[] = [];
  for (const [entry, target] of Object.entries(manifest.exports ?? {})) {
    if (typeof target === "string" || target["types"] === undefined) continue;
    const path = join(folder, target["types"]);
    if (!existsSync(path)) throw new Error(`${path} is not there: build first (npx pnpm build)`);
    const { exported, internal } = describe(path);
    parts.push(`# ${manifest.name}${entry.slice(1)}`, ...exported);
    if (internal.length > 0) parts.push("## not exported, but seen through it", ...internal);
  }
  return parts.length === 0 ? "" : `${parts.join("\n\n")}\n`;
}

/** The name of the file of a report. */
export function reportName({ manifest }: Published): string {
  return `${manifest.name.slice("@vfs/".length)}.api.txt`;
}
