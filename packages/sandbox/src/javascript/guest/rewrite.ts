import type { parse as parseType, Program, Statement, ModuleDeclaration, Pattern } from "acorn";

type Node = Statement | ModuleDeclaration;

/** Finds out how code is written, with a parser that the engine's package brings along. */
export class Rewriter {
  readonly #parse: typeof parseType;

  constructor(parse: typeof parseType) {
    this.#parse = parse;
  }

  /**
   * Makes a piece of code one of many in the same session: what it declares stays, and may be declared again by the
   * next; `import` at the top may stand in it. Lines stay where they are. Code that cannot be read comes back as it is,
   * for the interpreter to say what is wrong with it.
   */
  lasting(code: string): string {
    const program = this.#read(code);
    if (program === undefined) return code;
    const edits = program.body.flatMap((node) => editsOf(node));
    let text = code;
    for (const { start, end, put } of edits.toReversed())
      // As many lines as were there.
      text = text.slice(0, start) + put + newlines(text.slice(start, end), put) + text.slice(end);
    return text;
  }

  /**
   * The functions that a piece of code declares at its top, by their names, each as it can be declared again: they have
   * the globals around them and nothing else.
   */
  functions(code: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const statement of this.#read(code)?.body ?? []) {
      const node = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
      if (node?.type === "FunctionDeclaration") found.set(node.id.name, code.slice(node.start, node.end));
      if (node?.type !== "VariableDeclaration") continue;
      for (const { id, init } of node.declarations) {
        const isFunction = init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression";
        if (id.type === "Identifier" && isFunction)
          found.set(id.name, `var ${id.name} = ${code.slice(init.start, init.end)};`);
      }
    }
    return found;
  }

  /** Whether a script is a module by how it is written. */
  isModule(code: string): boolean {
    return this.#read(code)?.body.some((node) => /^(?:Import|Export).*Declaration$/.test(node.type)) ?? false;
  }

  #read(code: string): Program | undefined {
    try {
      return this.#parse(code, {
        ecmaVersion: "latest",
        sourceType: "script",
        allowAwaitOutsideFunction: true,
        allowImportExportEverywhere: true,
        allowHashBang: true,
      });
    } catch {
      return undefined;
    }
  }
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly put: string;
}

function editsOf(node: Node): Edit[] {
  switch (node.type) {
    case "VariableDeclaration":
      return node.kind === "var" ? [] : lastingNames(node);
    case "ClassDeclaration":
      return [
        { start: node.start, end: node.start, put: `var ${node.id.name} = ` },
        { start: node.end, end: node.end, put: ";" },
      ];
    case "ImportDeclaration":
      return [{ start: node.start, end: node.end, put: importOf(node) }];
    case "ExportNamedDeclaration": {
      const { declaration } = node;
      if (declaration === null || declaration === undefined)
        return [{ start: node.start, end: node.end, put: ";" }];
      return [{ start: node.start, end: declaration.start, put: "" }, ...editsOf(declaration)];
    }
    case "ExportDefaultDeclaration":
      return [{ start: node.start, end: node.declaration.start, put: "var _default = " }];
    case "ExportAllDeclaration":
      return [{ start: node.start, end: node.end, put: ";" }];
    default:
      return [];
  }
}

/** `let a, b = 1` as `var a = undefined, b = 1`: declared again, a name begins anew. */
function lastingNames({ start, kind, declarations }: Extract<Node, { type: "VariableDeclaration" }>): Edit[] {
  const bare = declarations.filter(({ init }) => init === null || init === undefined);
  return [
    { start, end: start + kind.length, put: "var" },
    ...bare.map(({ end }) => ({ start: end, end, put: " = undefined" })),
  ];
}

function importOf({ source, specifiers }: Extract<Node, { type: "ImportDeclaration" }>): string {
  const from = `await import(${JSON.stringify(source.value)})`;
  if (specifiers.length === 0) return `${from};`;
  const names: string[] = [];
  const whole: string[] = [];
  for (const specifier of specifiers) {
    const { name } = specifier.local;
    if (specifier.type === "ImportNamespaceSpecifier") whole.push(name);
    else if (specifier.type === "ImportDefaultSpecifier") names.push(`default: ${name}`);
    else names.push(`${nameOf(specifier.imported)}: ${name}`);
  }
  const parts = [
    ...(names.length > 0 ? [`{ ${names.join(", ")} } = ${from}`] : []),
    ...whole.map((name) => `${name} = ${from}`),
  ];
  return `var ${parts.join(", ")};`;
}

function nameOf(name: Pattern | { readonly type: "Literal"; readonly value?: unknown }): string {
  return name.type === "Identifier" ? name.name : JSON.stringify((name as { value?: unknown }).value);
}

/** The line breaks that a replacement lacks. */
function newlines(before: string, put: string): string {
  const count = (text: string): number => text.split("\n").length - 1;
  return "\n".repeat(Math.max(0, count(before) - count(put)));
}
