import type { Job, Program } from "../command.ts";
import type { MountSpec } from "../location.ts";
import { bytesText, columns } from "../text.ts";

const HELP = `What --mount and the configuration put into the root, and whether it can be reached: each is opened, and asked for what
is in it. Answers 1 when one cannot be.

Examples:
  vfs mounts
  vfs mounts --json --config ./vfs.config.yaml`;

export function addMounts(program: Program): void {
  program
    .add<[object]>("mounts", "print what is mounted, and whether it can be reached", mounts, {
      opensLate: true,
    })
    .addHelpText("after", HELP);
}

/** What is known of a mount. */
interface Found {
  readonly path: string;
  readonly store: string;
  readonly provider?: string | undefined;
  readonly readOnly: boolean;
  readonly layers: readonly string[];
  readonly bytes?: number | undefined;
  readonly files?: number | undefined;
  readonly error?: string | undefined;
}

async function mounts(job: Job): Promise<number> {
  const { stores, output } = job;
  const problems = new Map<MountSpec, unknown>();
  await stores.open((spec, error) => problems.set(spec, error));
  const all: Found[] = [];
  for (const spec of stores.specs) all.push(await look(job, spec, problems.get(spec)));
  if (output.json) for (const one of all) await output.result(one, "");
  else await output.result(null, columns(all.map((one) => row(one).map((cell) => output.name(cell)))));
  return all.some(({ error }) => error !== undefined) ? 1 : 0;
}

async function look({ stores, output }: Job, spec: MountSpec, problem: unknown): Promise<Found> {
  const { path, text: store, readOnly } = spec;
  const { root } = stores;
  const known = { path, store, readOnly, layers: (spec.layers ?? []).map(({ name }) => name) };
  const failed = (error: unknown): Found => ({
    ...known,
    error: output.sentence(error, (at) => stores.written(at)),
  });
  if (problem !== undefined) return failed(problem);
  try {
    // One page of what is in it: that asks the store, where it is a remote one.
    for await (const _ of root.opendir(path)) break;
    const provider = root.mounts().find((mount) => mount.path === path)?.provider;
    const { bytes, files } = root.capabilities(path).usage ? await root.usage(path) : {};
    return { ...known, provider, bytes, files };
  } catch (error) {
    return failed(error);
  }
}

function row({ path, store, readOnly, layers, bytes, files, error }: Found): string[] {
  const traits = [readOnly ? "read-only" : "", ...layers].filter((word) => word !== "").join(", ");
  const size = bytes === undefined ? "" : `${files} files, ${bytesText(bytes)}`;
  return [
    path,
    store,
    traits,
    error === undefined ? size || "can be reached" : `cannot be reached: ${error}`,
  ];
}
