import { fromBase64 } from "./base64.ts";
import type { Complain } from "./check.ts";
import type { Place } from "./parse.ts";
import type { Template, TemplateFile, TemplateMode, TemplateValue } from "./template.ts";
import { mayLeave } from "./may-leave.ts";
import { defaultOf, expand, mentioned, scan, type Values } from "./variables.ts";

/** Where the content of a file comes from. */
export type Origin =
  | { readonly data: string | Uint8Array }
  /** A path in the provider for it; with variables when `values` are there. */
  | { readonly from: string; readonly values?: Values | undefined };

/** One thing that is to be made. Paths are absolute, below the target. */
export type PlanNode = {
  readonly path: string;
  readonly place: Place;
  readonly mode?: number | undefined;
} & (
  | { readonly type: "directory" }
  | {
      readonly type: "file";
      readonly origin: Origin;
      readonly contentType?: string | undefined;
      readonly meta?: Readonly<Record<string, string>> | undefined;
    }
  | { readonly type: "symlink"; readonly target: string }
  | { readonly type: "link"; readonly to: string }
);

/** What a template comes to, once its variables have values. */
export interface Plan {
  /** In the order in which they can be made, but for the directories that nobody named. */
  readonly nodes: readonly PlanNode[];
  /** Variables that were given and stand nowhere. */
  readonly unused: readonly string[];
}

/** Puts values into a template that {@link check} found right, and looks where its paths lead. */
export function plan(
  template: Template,
  given: Readonly<Record<string, TemplateValue>>,
  complain: Complain,
): Plan {
  const { directories = [], files = [], links = [] } = template;
  const known = valuesOf(template, given);
  const used = new Set<string>();
  const fill = (text: string, place: Place): string => {
    for (const name of mentioned(text)) used.add(name);
    for (const name of scan(text).names) if (!known.has(name)) complain(place, missing(template, name));
    return expand(text, known);
  };
  const route = (text: string, place: Place): string => {
    const names = fill(text, place)
      .split("/")
      .filter((name) => name !== "" && name !== ".");
    if (names.includes("..")) complain(place, "it has `..` and could leave the target: write where it leads");
    if (names.length === 0) complain(place, "it is the target itself: name something in it");
    return `/${names.join("/")}`;
  };
  const nodes: PlanNode[] = [
    ...directories.map((one, index): PlanNode => {
      const place = ["directories", index];
      if (typeof one === "string") return { type: "directory", path: route(one, place), place };
      return { type: "directory", path: route(one.path, [...place, "path"]), place, mode: modeOf(one.mode) };
    }),
    ...files.map((file, index): PlanNode => {
      const place = ["files", index];
      const path = route(file.path, [...place, "path"]);
      const { mode, contentType, meta } = file;
      return {
        type: "file",
        path,
        place,
        mode: modeOf(mode),
        contentType,
        meta,
        origin: originOf(file, place, fill, known),
      };
    }),
    ...links.map((link, index): PlanNode => {
      const place = ["links", index];
      const path = route(link.path, [...place, "path"]);
      if (link.to !== undefined) return { type: "link", path, place, to: route(link.to, [...place, "to"]) };
      const target = fill(link.target ?? "", [...place, "target"]);
      checkTarget(path, target, [...place, "target"], complain);
      return { type: "symlink", path, place, target };
    }),
  ];
  checkPlaces(nodes, complain);
  return { nodes: inOrder(nodes), unused: Object.keys(given).filter((name) => !used.has(name)) };
}

function originOf(
  file: TemplateFile,
  place: Place,
  fill: (text: string, place: Place) => string,
  values: Values,
): Origin {
  const { content = "", base64, contentFrom, expand: wanted } = file;
  if (base64 !== undefined) return { data: fromBase64(base64) ?? new Uint8Array() };
  if (contentFrom === undefined)
    return { data: wanted === false ? content : fill(content, [...place, "content"]) };
  return { from: fill(contentFrom, [...place, "contentFrom"]), values: wanted === true ? values : undefined };
}

/** What each variable stands for: what was given, else what the template says. */
function valuesOf({ variables = {} }: Template, given: Readonly<Record<string, TemplateValue>>): Values {
  const values = new Map<string, string>();
  for (const [name, variable] of Object.entries(variables)) {
    const value = defaultOf(variable);
    if (value !== undefined) values.set(name, String(value));
  }
  for (const [name, value] of Object.entries(given)) values.set(name, String(value));
  return values;
}

function missing({ variables = {} }: Template, name: string): string {
  const variable = variables[name];
  const about = typeof variable === "object" ? variable?.description : undefined;
  const what = about === undefined ? "" : ` (${about})`;
  return `\`${name}\`${what} has no value: give it one, declare a default, or write \${${name}:-default}`;
}

/** A symbolic link of a template leads to something in the target, by `..` at its beginning only. */
function checkTarget(path: string, target: string, place: Place, complain: Complain): void {
  if (target === "") return complain(place, "a symbolic link must lead somewhere");
  if (target.startsWith("/"))
    return complain(
      place,
      "a symbolic link of a template is relative to where it lies: it must not leave the target",
    );
  if (mayLeave(path, target))
    complain(
      place,
      "it could leave the target: `..` may stand at its beginning only, and not more often than it lies deep",
    );
}

/** No path twice, and nothing below what is no directory. */
function checkPlaces(nodes: readonly PlanNode[], complain: Complain): void {
  const byPath = new Map<string, PlanNode>();
  for (const node of nodes) {
    const first = byPath.get(node.path);
    if (first === undefined) byPath.set(node.path, node);
    else complain(node.place, `${node.path} is in the template twice`);
  }
  for (const node of nodes) {
    for (const directory of ancestorsOf(node.path)) {
      const type = byPath.get(directory)?.type ?? "directory";
      if (type !== "directory")
        complain(node.place, `${node.path} lies below ${directory}, which is a ${type}`);
    }
    if (node.type === "link" && byPath.get(node.to)?.type !== "file")
      complain([...node.place, "to"], `${node.to} is no file of this template`);
  }
}

/** Directories before what is in them, then files, then links to them. */
export function inOrder(nodes: readonly PlanNode[]): PlanNode[] {
  const ranks = { directory: 0, file: 1, symlink: 2, link: 3 };
  return nodes.toSorted(
    (a, b) =>
      ranks[a.type] - ranks[b.type] ||
      (a.type === "directory" ? a.path.split("/").length - b.path.split("/").length : 0),
  );
}

/** The directories that a path lies in, outermost first, without the root. */
export function ancestorsOf(path: string): string[] {
  const names = path.split("/").slice(1, -1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
}

function modeOf(mode: TemplateMode | undefined): number | undefined {
  return typeof mode === "string" ? Number.parseInt(mode.replace(/^0o/, ""), 8) : mode;
}
