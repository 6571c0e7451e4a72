/** A value that can be written as XML: an array repeats its element, undefined leaves it out. */
export type Xml = string | number | boolean | undefined | { readonly [name: string]: Xml | readonly Xml[] };

/** Writes an XML document. */
export function toXml(name: string, value: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, value)}`;
}

function element(name: string, value: Xml | readonly Xml[]): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return (value as readonly Xml[]).map((one) => element(name, one)).join("");
  if (typeof value !== "object") return `<${name}>${escapeText(String(value))}</${name}>`;
  const inner = Object.entries(value as Record<string, Xml>).map(([key, child]) => element(key, child));
  return `<${name}>${inner.join("")}</${name}>`;
}

function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#13;");
}

/** An element that was read. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Element[];
}

/** Reads the XML that S3 clients send: elements and text. */
export function parseXml(source: string): Element {
  const tokens = source.matchAll(/<(\/?)([\w:]+)[^>]*?(\/?)>|([^<]+)|<[?!][^>]*>/g);
  const stack: { name: string; text: string; children: Element[] }[] = [{ name: "", text: "", children: [] }];
  for (const [, closing, name, selfClosing, text] of tokens) {
    const top = stack.at(-1);
    if (top === undefined) break;
    if (text !== undefined) top.text += unescapeText(text);
    else if (name === undefined) continue;
    else if (closing === "/") {
      stack.pop();
      stack.at(-1)?.children.push(top);
    } else if (selfClosing === "/") top.children.push({ name, text: "", children: [] });
    else stack.push({ name, text: "", children: [] });
  }
  return stack[0]?.children[0] ?? { name: "", text: "", children: [] };
}

/** The text of the first child of that name. */
export function childText(parent: Element, name: string): string | undefined {
  return parent.children.find((child) => child.name === name)?.text;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescapeText(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, number?: string, name?: string) => {
      if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
      if (number !== undefined) return String.fromCodePoint(Number(number));
      return ENTITIES[name ?? ""] ?? whole;
    },
  );
}
