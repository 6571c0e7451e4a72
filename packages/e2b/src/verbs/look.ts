import type { Stat, StatOptions, VPath } from "@vfs/core";
import { isLinkMet, VfsError } from "@vfs/core";
import type { Remote } from "../remote/remote.ts";
import { placeOf } from "../shell/script.ts";
import { recordsOf } from "../stat.ts";

/** Words: directory, name, whether a link is followed. */
const STAT = `at "$1" "$2"
[[ -n $3 && -L $N ]] && met "$P"
there
show`;

/** Describes what a path names, as the kernel of the sandbox does. One request. */
export async function stat(
  remote: Remote,
  path: VPath,
  { follow, exactTimes }: StatOptions,
  signal: AbortSignal | undefined,
): Promise<Stat> {
  const words = [...placeOf(path), follow === true ? "1" : ""];
  const { text, root } = await remote.shell(STAT, { words, paths: [path], signal, repeatable: true });
  const [found] = recordsOf(text, root, exactTimes === true);
  if (found === undefined) throw new VfsError("ENOENT");
  return found.stat;
}

const READLINK = `at "$1" "$2"
there
[[ -L $N ]] || no EINVAL
met "$P"`;

/** The text of a link. One request. */
export async function readlink(
  remote: Remote,
  path: VPath,
  signal: AbortSignal | undefined,
): Promise<string> {
  // The script "meets" the link, which is how a text of a link is told.
  try {
    await remote.shell(READLINK, { words: placeOf(path), paths: [path], signal, repeatable: true });
  } catch (thrown) {
    if (isMetAt(thrown, path)) return thrown.target;
    throw thrown;
  }
  throw new VfsError("EINVAL");
}

function isMetAt(thrown: unknown, path: VPath): thrown is { readonly target: string } {
  return isLinkMet(thrown) && thrown.at === path;
}
