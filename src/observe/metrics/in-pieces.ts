import { setImmediate } from "node:timers/promises";

/** Some milliseconds' work, and a fraction of what a slow reader holds in memory. */
const PIECE_LENGTH = 65_536;

/** Lines as pieces of text. Between two pieces the event loop turns, so that an answer about many jobs holds up no start. */
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
