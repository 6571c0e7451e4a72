/**
 * Does something with each item, so many at a time. After the first failure no more are begun; it is told when all that
 * were begun are done.
 */
export async function eachOf<T>(
  items: Iterable<T> | AsyncIterable<T>,
  concurrency: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { readonly reason: unknown } | undefined;
  for await (const item of items) {
    while (running.size >= concurrency) await Promise.race(running);
    if (failure !== undefined) break;
    const done: Promise<void> = action(item)
      .catch((reason: unknown) => void (failure ??= { reason }))
      .finally(() => running.delete(done));
    running.add(done);
  }
  await Promise.all(running);
  if (failure !== undefined) throw (failure as { readonly reason: unknown }).reason;
}

/** The same, with what came of each, in their order. */
export async function mapOf<T, U>(
  items: readonly T[],
  concurrency: number,
  action: (item: T) => Promise<U>,
): Promise<U[]> {
  const results = new Array<U>(items.length);
  await eachOf(items.entries(), concurrency, async ([i, item]) => {
    results[i] = await action(item);
  });
  return results;
}
