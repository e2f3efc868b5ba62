import type { Clock } from "../../clock.ts";

/** A reader of a stream that leaves 64 KB unread for this long takes the place of others. */
const UNREAD_MS = 10_000;

interface CutParts {
  readonly clock: Clock;
  /** Ends the connection. */
  readonly cut: () => void;
  /** Asked before each piece: whether the reader may still have it. */
  readonly mayRead: () => boolean;
}

/**
 * Yields the same pieces, as long as the reader may have them. When the next one is not asked for in time, because the
 * reader does not read, it is cut off.
 */
export async function* cutWhenUnread<T>(
  pieces: AsyncIterable<T>,
  { clock, cut, mayRead }: CutParts,
): AsyncGenerator<T, void, void> {
  for await (const piece of pieces) {
    if (!mayRead()) return;
    const taken = new AbortController();
    void clock.wait(UNREAD_MS, taken.signal).then(() => taken.signal.aborted || cut());
    try {
      yield piece;
    } finally {
      taken.abort("taken");
    }
  }
}
