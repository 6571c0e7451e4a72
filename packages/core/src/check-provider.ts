import type { Capabilities } from "./capabilities.ts";
import type { Provider } from "./provider.ts";

type Method = Exclude<keyof Provider, "name" | "caps" | "inodeSpace">;

/** Which methods each ability stands for. */
const NEEDED: readonly (readonly [Method, (caps: Capabilities) => boolean, string])[] = [
  ["write", ({ write }) => write, "write"],
  ["mkdir", ({ write }) => write, "write"],
  ["remove", ({ write }) => write, "write"],
  ["open", ({ open }) => open, "open"],
  ["append", ({ append }) => append, "append"],
  ["truncate", ({ truncate }) => truncate, "truncate"],
  ["patch", ({ patch }) => patch, "patch"],
  ["rename", ({ rename }) => rename !== "none", "rename"],
  ["copy", ({ copy }) => copy !== "none", "copy"],
  ["readStream", ({ readStream }) => readStream, "readStream"],
  ["writeStream", ({ writeStream }) => writeStream, "writeStream"],
  ["find", ({ find }) => find, "find"],
  ["scan", ({ scan }) => scan, "scan"],
  ["writeMany", ({ writeMany }) => writeMany, "writeMany"],
  [
    "setStat",
    ({ modes, owners, times, meta }) => modes || owners || meta || times !== "none",
    "modes, owners, times or meta",
  ],
  ["symlink", ({ symlinks }) => symlinks, "symlinks"],
  ["readlink", ({ symlinks }) => symlinks, "symlinks"],
  ["link", ({ links }) => links, "links"],
  ["watch", ({ watch }) => watch !== "none", "watch"],
  ["changes", ({ changes }) => changes, "changes"],
  ["snapshots", ({ snapshots }) => snapshots, "snapshots"],
  ["usage", ({ usage }) => usage, "usage"],
  ["statfs", ({ statfs }) => statfs, "statfs"],
];

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
  for (const [method, declares, ability] of NEEDED) {
    const has = typeof provider[method] === "function";
    if (has === declares(caps)) continue;
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
  const writing: readonly (readonly [string, boolean])[] = [
    ["append", caps.append],
    ["truncate", caps.truncate],
    ["rename", caps.rename !== "none"],
    ["copy", caps.copy !== "none"],
    ["removeTree", caps.removeTree],
    ["writeStream", caps.writeStream],
    ["writeMany", caps.writeMany],
    ["ifNoneMatch", caps.ifNoneMatch],
  ];
  return [
    ...writing.map(([ability, has]): Requirement => [ability, has, "write", write]),
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
