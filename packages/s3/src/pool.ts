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
  const failures: unknown[] = [];
  for await (const item of items) {
    while (running.size >= concurrency) await Promise.race(running);
    if (failures.length > 0) break;
    const done: Promise<void> = action(item)
      .catch((reason: unknown) => void failures.push(reason))
      .finally(() => running.delete(done));
    running.add(done);
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}

/** The same, with what came of each, in their order. */
export async function mapOf<T, U>(
  items: readonly T[],
  concurrency: number,
  action: (item: T) => Promise<U>,
): Promise<U[]> {
  const results: U[] = [];
  await eachOf(items.entries(), concurrency, async ([i, item]) => {
    results[i] = await action(item);
  });
  return results;
}
