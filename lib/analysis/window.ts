/**
 * Runs `start` on up to `width` items at a time and yields the results in the order of the items, each as soon as
 * those before it are out. A slow consumer stops new starts. When the consumer leaves or a start fails, `abandon`
 * is called and everything under way is waited for.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  start: (item: Item) => Promise<Result>,
  width: number,
  abandon: () => void = () => {},
): AsyncGenerator<Result, void, void> {
  const underway: Promise<Result>[] = [];
  try {
    for (const item of items) {
      const result = start(item);
      result.catch(() => {}); // seen when its turn comes; until then it is nobody's unhandled rejection
      underway.push(result);
      if (underway.length >= width) {
        yield await underway[0]!;
        underway.shift();
      }
    }
    while (underway.length > 0) {
      yield await underway[0]!;
      underway.shift();
    }
  } finally {
    if (underway.length > 0) {
      abandon();
      await Promise.allSettled(underway);
    }
  }
}
