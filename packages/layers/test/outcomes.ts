/** The code with which something fails, or what it gives. */
export async function codeOf(action: () => unknown): Promise<unknown> {
  try {
    return await action();
  } catch (reason) {
    return (reason as { code?: unknown }).code ?? (reason as Error).name;
  }
}

/** Everything that a sequence gives. */
export async function all<T>(sequence: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of sequence) found.push(one);
  return found;
}
