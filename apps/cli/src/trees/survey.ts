import { nameMatcher, pathMatcher, type Stats, type Vfs, type VfsError } from "@vfs/core";

/** What lies below a directory: by its path from there, `deep/b.md`. */
export type Survey = Map<string, Stats>;

/** Finds everything below a directory, with stats. Links are not followed. */
export async function survey(
  vfs: Vfs,
  root: string,
  {
    exclude = () => false,
    signal,
    onError,
  }: {
    readonly exclude?: Excluded | undefined;
    readonly signal?: AbortSignal | undefined;
    /** Is told of what cannot be read, and the others are found; without it that is the end. */
    readonly onError?: ((error: VfsError) => void) | undefined;
  },
): Promise<Survey> {
  const found: Survey = new Map();
  const start = root === "/" ? 1 : root.length + 1;
  const isLeftOut = ({ path }: VfsError): boolean => path !== undefined && exclude(path.slice(start));
  const onFailure = onError && ((error: VfsError): void => (isLeftOut(error) ? undefined : onError(error)));
  for await (const { path, stat } of vfs.find(root, { stat: true, signal, onError: onFailure })) {
    const relative = path.slice(start);
    // What was gone before it could be looked at has no stat.
    if (stat !== undefined && !exclude(relative)) found.set(relative, stat);
  }
  return found;
}

/** Whether a path below a directory is left out, with all that is in it. */
export type Excluded = (relative: string) => boolean;

/** What globs leave out: one without a slash is held against each name, one with a slash against the path. */
export function excludedBy(patterns: readonly string[]): Excluded {
  const tests = patterns.map((pattern) => {
    if (pattern.includes("/")) return pathMatcher(pattern);
    const matches = nameMatcher(pattern);
    return (names: readonly string[]) => matches(names.at(-1) ?? "");
  });
  return (relative) => {
    const names = relative.split("/");
    return tests.some((test) => names.some((_, i) => test(names.slice(0, i + 1))));
  };
}

/** In path order: what is in a directory stands where the name of the directory does. */
export function byPath(a: string, b: string): number {
  const [one, other] = [a.replaceAll("/", "\0"), b.replaceAll("/", "\0")];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
