import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./packages.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const README = (name: string, factory: string): string => `# @vfs/${name}

Files in a Map, for [\`@vfs/core\`](../core). (Say what your store is, in one sentence.)

\`\`\`sh
npm install @vfs/core @vfs/${name}
\`\`\`

\`\`\`ts
import { createVfs } from "@vfs/core";
import { ${factory} } from "@vfs/${name}";

await using vfs = createVfs(${factory}());
await vfs.mkdir("/home/ada", { recursive: true });
await vfs.writeFile("/home/ada/note.txt", "Hello");
console.log(await vfs.readFile("/home/ada/note.txt", "utf8"));
\`\`\`

\`\`\`text
Hello
\`\`\`

## What is promised

(What a crash leaves, what several writers see, what a reader sees meanwhile.)

## Errors

(Which codes it raises of its own, and when.)

## Limits and costs

(Requests a call, consistency, the largest file. Where it runs.)
`;

const TEST = (
  name: string,
  factory: string,
): string => `import { conform, delayed, type Place } from "@vfs/conformance";
import { describe, it } from "vitest";
import { ${factory} } from "../src/index.ts";
import { DELAYED_SKIPS, SKIPS } from "./skips.ts";

const { caps } = ${factory}();

for (const place of ["root", "mount", "layer"] as Place[])
  describe(\`${name} › conformance › \${place}\`, () => {
    conform(it, { make: ${factory}, caps, place, skips: SKIPS });
  });

// Calls that overtake one another: a read and a write that nothing holds together show here.
for (const seed of [1, 2])
  describe(\`${name} › conformance › behind random delays, seed \${seed}\`, () => {
    const make = () => delayed(${factory}(), seed);
    conform(it, { make, caps: make().caps, skips: DELAYED_SKIPS });
  });
`;

/**
 * Writes a package for a provider that passes the conformance kit: the one of 60 lines that CONTRIBUTING shows, to be
 * changed step by step into one over another store.
 *
 * @param name Of the package, behind `@vfs/`: small letters, digits and dashes.
 * @param folder Where it is written; it must not be there yet, or be empty.
 * @throws TypeError for a name that cannot be one.
 */
export function writeProvider(name: string, folder: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new TypeError(`a name has small letters, digits and dashes, got "${name}"`);
  const factory = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const { devDependencies, ...like } = JSON.parse(read("packages/memory/package.json")) as {
    devDependencies: Record<string, string>;
    scripts: Record<string, string>;
  };
  delete devDependencies["fast-check"];
  const manifest = {
    ...like,
    name: `@vfs/${name}`,
    description: `Files in a Map, for @vfs/core.`,
    scripts: { ...like.scripts, test: `vitest run --root ../.. --project @vfs/${name}` },
    devDependencies,
  };
  write("package.json", `${JSON.stringify(manifest, null, 2)}\n`);
  write("turbo.json", '{ "extends": ["//"], "tags": ["provider"] }\n');
  for (const file of ["LICENSE", "tsconfig.json", "tsconfig.test.json"])
    cpSync(join(ROOT, "packages", "memory", file), join(folder, file));
  const provider = read("packages/conformance/test/example-provider.ts");
  write(
    `src/${name}.ts`,
    provider.replace("function mapStore(", `function ${factory}(`).replace('name: "map"', `name: "${name}"`),
  );
  write("src/index.ts", `export { ${factory} } from "./${name}.ts";\n`);
  write("test/skips.ts", read("packages/conformance/test/example-skips.ts"));
  write(`test/${name}.test.ts`, TEST(name, factory));
  write("README.md", README(name, factory));
}
