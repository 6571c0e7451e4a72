const AT_ONCE = 8;

/** Does something with each item, several at a time. Ends with the first failure, when all that were begun are done. */
export async function inPool<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    while (next < items.length && !failed)
      try {
        await action(items[next++] as T);
      } catch (reason) {
        failed = true;
        throw reason;
      }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
  for (const result of ended) if (result.status === "rejected") throw result.reason;
}
