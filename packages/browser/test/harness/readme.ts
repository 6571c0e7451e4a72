import { readFileSync } from "node:fs";

/** The first example in a language that the README has, and what it prints. */
export function exampleOf(language: string): { readonly code: string; readonly printed: string } {
  const text = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\`\n\n\`\`\`text\n([^]*?)\`\`\``).exec(text);
  if (found === null) throw new Error(`the README has no example in ${language}`);
  const [, code = "", printed = ""] = found;
  return { code, printed };
}
