import { fromBase64 } from "./base64.ts";
import { fieldsOf, type Field } from "./fields.ts";
import type { Place } from "./parse.ts";
import { NAME, scan } from "./variables.ts";

/** Told of each thing that is wrong. */
export type Complain = (place: Place, message: string) => void;

type Fields = Readonly<Record<string, unknown>>;

/** Looks at a template as it was given: whether each part is of the kind that it must be. */
export function check(template: unknown, complain: Complain): void {
  if (!isFields(template))
    return complain([], `a template is a map of directories, files and links, not ${kind(template)}`);
  checkFields(template, "template", [], complain);
  checkVariables(template["variables"], complain);
  each(template["directories"], ["directories"], (one, place) => {
    if (typeof one === "string") checkText(one, place, complain);
    else checkEntry(one, "directory", place, complain);
  });
  each(template["files"], ["files"], (one, place) => {
    if (checkEntry(one, "file", place, complain)) checkContent(one, place, complain);
  });
  each(template["links"], ["links"], (one, place) => {
    if (!checkEntry(one, "link", place, complain)) return;
    if ((one["target"] === undefined) === (one["to"] === undefined))
      complain(place, "a link has either `target` (a symbolic link) or `to` (one more name of a file)");
  });
}

function checkVariables(variables: unknown, complain: Complain): void {
  if (!isFields(variables)) return;
  for (const [name, variable] of Object.entries(variables)) {
    const place = ["variables", name];
    if (!NAME.test(name))
      complain(place, "a variable's name has letters, digits and _, and begins with no digit");
    if (isFields(variable)) checkFields(variable, "variable", place, complain);
    else if (variable !== null && !isValue(variable))
      complain(place, `a default is a text, a number or true or false, not ${kind(variable)}`);
  }
}

/** Answers whether it is a map, so that more can be asked of it. */
function checkEntry(
  one: unknown,
  what: "directory" | "file" | "link",
  place: Place,
  complain: Complain,
): one is Fields {
  if (!isFields(one)) {
    complain(place, `a ${what} is a map with a \`path\`, not ${kind(one)}`);
    return false;
  }
  checkFields(one, what, place, complain);
  if (one["path"] === undefined) complain(place, `a ${what} needs a \`path\``);
  for (const name of ["path", "target", "to"]) {
    const text = one[name];
    if (typeof text === "string") checkText(text, [...place, name], complain);
  }
  return true;
}

function checkContent(file: Fields, place: Place, complain: Complain): void {
  const given = ["content", "base64", "contentFrom"].filter((name) => file[name] !== undefined);
  if (given.length > 1)
    complain(place, `a file has only one of ${given.map((name) => `\`${name}\``).join(" and ")}`);
  const { content, base64, contentFrom, expand } = file;
  if (typeof content === "string" && expand !== false) checkFaults(content, [...place, "content"], complain);
  if (typeof contentFrom === "string") checkText(contentFrom, [...place, "contentFrom"], complain);
  if (typeof base64 === "string" && fromBase64(base64) === undefined)
    complain([...place, "base64"], "this is not base64");
  if (base64 !== undefined && expand === true)
    complain([...place, "expand"], "bytes given as base64 have no variables");
}

/** A text in which variables are always replaced. */
function checkText(text: string, place: Place, complain: Complain): void {
  if (text === "") complain(place, "this must not be empty");
  if (text.includes("\0")) complain(place, "a path has no NUL");
  checkFaults(text, place, complain);
}

function checkFaults(text: string, place: Place, complain: Complain): void {
  for (const { message } of scan(text).faults) complain(place, message);
}

function checkFields(one: Fields, what: string, place: Place, complain: Complain): void {
  const known = fieldsOf(what);
  for (const [name, value] of Object.entries(one)) {
    const field = known[name];
    if (field === undefined)
      complain([...place, name], `a ${what} has no \`${name}\`; it has ${Object.keys(known).join(", ")}`);
    else checkField(field, value, [...place, name], complain);
  }
}

function checkField({ is, words }: Field, value: unknown, place: Place, complain: Complain): void {
  if (!is(value)) complain(place, `this is ${words}, not ${kind(value)}`);
}

function each(list: unknown, place: Place, action: (one: unknown, place: Place) => void): void {
  if (!Array.isArray(list)) return;
  for (const [index, one] of list.entries()) action(one, [...place, index]);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether something can stand for a variable. */
export function isValue(value: unknown): value is string | number | boolean {
  return (
    typeof value === "string" ||
    typeof value === "boolean" ||
    (typeof value === "number" && Number.isFinite(value))
  );
}

/** What something is, for a message. */
export function kind(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 40))}`;
  return typeof value === "number" || typeof value === "boolean" ? `${value}` : `a ${typeof value}`;
}
