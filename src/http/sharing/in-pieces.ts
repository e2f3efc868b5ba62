import { setImmediate } from "node:timers/promises";

/** Takes a few milliseconds to make, and is a fraction of what a slow reader may hold in memory. */
const PIECE_LENGTH = 65_536;

/** Yields lines as larger pieces of text. The event loop turns in between, so that an answer about many jobs delays no start. */
export async function* inPieces(lines: Iterable<string>): AsyncGenerator<string, void, void> {
  let piece = "";
  for (const line of lines) {
    piece += line;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
    await setImmediate();
  }
  yield piece;
}
