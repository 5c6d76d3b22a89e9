import { cancelled } from "./failure.ts";
import { inOrder } from "./window.ts";

/**
 * Results as of {@link inOrder}, until `signal` is aborted: then `cancel` is called at once, and the iteration rejects with
 * `ERR_CANCELLED` as soon as nothing is under way any more. `cancel` is called as well when the consumer leaves or a start fails.
 */
export async function* untilAborted<Item, Result>(
  signal: AbortSignal | undefined,
  items: Iterable<Item>,
  start: (item: Item) => Promise<Result>,
  width: number,
  cancel: () => void,
): AsyncGenerator<Result, void, void> {
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    if (signal?.aborted) throw cancelled(signal);
    for await (const result of inOrder(items, start, width, cancel)) {
      if (signal?.aborted) throw cancelled(signal);
      yield result;
    }
  } catch (error) {
    throw signal?.aborted ? cancelled(signal) : error;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}
