import type { Capabilities } from "./capabilities.ts";
import type { Provider } from "./provider.ts";

type Method = Exclude<keyof Provider, "name" | "caps" | "inodeSpace">;

/** Which abilities declare a method, each enough by itself; only its own name where none are given. */
const DECLARED: readonly (readonly [Method, ...(keyof Capabilities)[]])[] = [
  ["write"],
  ["mkdir", "write"],
  ["remove", "write"],
  ["open"],
  ["append"],
  ["truncate"],
  ["patch"],
  ["rename"],
  ["copy"],
  ["readStream"],
  ["writeStream"],
  ["find"],
  ["scan"],
  ["writeMany"],
  ["setStat", "modes", "owners", "times", "meta"],
  ["symlink", "symlinks"],
  ["readlink", "symlinks"],
  ["link", "links"],
  ["watch"],
  ["changes"],
  ["snapshots"],
  ["usage"],
  ["statfs"],
];

function isGiven(caps: Capabilities, ability: keyof Capabilities): boolean {
  return caps[ability] !== false && caps[ability] !== "none";
}

/**
 * Checks that a provider has the methods that its `caps` declare, and no others.
 *
 * @throws TypeError that names the method and the ability that disagree.
 */
export function checkProvider(provider: Provider): void {
  const { name, caps } = provider;
  if (typeof name !== "string" || typeof caps !== "object" || caps === null)
    throw new TypeError("a provider needs a name and caps: see Provider in @vfs/core");
  for (const method of ["stat", "read", "list"] as const)
    if (typeof provider[method] !== "function") throw new TypeError(`provider "${name}" has no ${method}()`);
  for (const [method, ...named] of DECLARED) {
    const abilities = named.length > 0 ? named : [method as keyof Capabilities];
    const has = typeof provider[method] === "function";
    if (has === abilities.some((one) => isGiven(caps, one))) continue;
    const ability = abilities.join(", ").replace(/, (\w+)$/, " or $1");
    throw new TypeError(
      has
        ? `provider "${name}" has ${method}() but its caps do not declare ${ability}`
        : `provider "${name}" declares ${ability} in its caps but has no ${method}()`,
    );
  }
  for (const [ability, has, required, given] of requirements(caps))
    if (has && !given) throw new TypeError(`provider "${name}" declares ${ability}, which needs ${required}`);
}

type Requirement = readonly [ability: string, has: boolean, required: string, given: boolean];

/** What an ability makes no sense without. */
function requirements(caps: Capabilities): Requirement[] {
  const { write } = caps;
  const writing = [
    "append",
    "truncate",
    "rename",
    "copy",
    "removeTree",
    "writeStream",
    "writeMany",
    "ifNoneMatch",
  ] as const;
  return [
    ...writing.map((ability): Requirement => [ability, isGiven(caps, ability), "write", write]),
    // An open file must be able to follow its name.
    ["open", caps.open && write, "rename", caps.rename !== "none"],
    // A copy made in place of a rename would take a file away from its other names, and from who has it open.
    ["links", caps.links, "rename", caps.rename !== "none"],
    ["links", caps.links, "open", caps.open],
    ["ifMatch", caps.ifMatch, "etag", caps.etag],
    // What it writes has none.
    ["writeMany", caps.writeMany, "no meta", !caps.meta],
    ["patch", caps.patch, "write and ifMatch", write && caps.ifMatch],
    ["permissions", caps.permissions, "modes and owners", caps.modes && caps.owners],
    // What core puts together from several steps needs other rights than the operation itself.
    [
      "permissions",
      caps.permissions && write,
      'open, append, truncate and rename "tree"',
      caps.open && caps.append && caps.truncate && caps.rename === "tree",
    ],
  ];
}
