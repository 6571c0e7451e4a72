import { VfsError } from "@vfs/core";
import { isNode, LineCounter, parseDocument, type Document } from "yaml";

/** One thing that is wrong with a template. */
export interface TemplateProblem {
  /** What is wrong, and what would be right. */
  readonly message: string;
  /** Where in the template: `files[2].path`; empty for the whole of it. */
  readonly at: string;
  /** From 1; only where the template came as text. */
  readonly line?: number;
  readonly column?: number;
}

/** Keys and indexes that lead to a part of a template. */
export type Place = readonly (string | number)[];

/** A template as it was given, not yet looked at. */
export interface Parsed {
  readonly value: unknown;
  /** What kept the text from being read. */
  readonly problems: readonly TemplateProblem[];
  /** A problem with a part of it, with the line where the text has one. */
  readonly problem: (place: Place, message: string) => TemplateProblem;
}

// Aliases may be written so that a few lines stand for a gigabyte.
const MOST_ALIASES = 100;

/**
 * Reads YAML or JSON (which is YAML); an object is taken as it is.
 *
 * @see https://yaml.org/spec/1.2.2/
 */
export function parse(source: unknown): Parsed {
  if (typeof source !== "string")
    return { value: source, problems: [], problem: (place, message) => ({ message, at: shown(place) }) };
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const problem = (place: Place, message: string): TemplateProblem => {
    const offset = offsetOf(document, place);
    return { message, at: shown(place), ...(offset === undefined ? {} : position(lines, offset)) };
  };
  const problems = document.errors.map(({ message, pos }) => ({
    message: `this is neither YAML nor JSON: ${message}`,
    at: "",
    ...position(lines, pos[0]),
  }));
  if (problems.length > 0) return { value: undefined, problems, problem };
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }), problems, problem };
  } catch {
    const message = `the template has more than ${MOST_ALIASES} aliases: write out what they stand for`;
    return { value: undefined, problems: [{ message, at: "" }], problem };
  }
}

/** The problems of a template as one error: the first of them, and how many more there are. */
export function refusal(problems: readonly TemplateProblem[]): VfsError {
  const [first] = problems;
  const more = problems.length > 1 ? `; and ${problems.length - 1} more: validate() lists them` : "";
  return new VfsError("EINVAL", {
    hint: first === undefined ? "a bad template" : `${inWords(first)}${more}`,
  });
}

function inWords({ line, at, message }: TemplateProblem): string {
  const where = [...(line === undefined ? [] : [`line ${line}`]), ...(at === "" ? [] : [at])];
  return where.length === 0 ? message : `${where.join(", ")}: ${message}`;
}

function position(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** Where a part begins in the text; for one that is missing, where what lacks it begins. */
function offsetOf(document: Document, place: Place): number | undefined {
  for (let length = place.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(place.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

function shown(place: Place): string {
  let text = "";
  for (const part of place) text += typeof part === "number" ? `[${part}]` : text === "" ? part : `.${part}`;
  return text;
}
