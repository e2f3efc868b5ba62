/** Makes texts as short as receivers take them. */

/** How much a character takes up. Default: UTF-16 units, as most receivers count. */
type Cost = (character: string) => number;

const MARK = "…";

/** Returns the text, or its beginning and `…`; at most `most` in all. */
export function within(text: string, most: number, cost: Cost = unitsOf): string {
  let taken = 0;
  let end = 0;
  let endWithMark = 0;
  for (const character of text) {
    taken += cost(character);
    if (taken + cost(MARK) <= most) endWithMark = end + character.length;
    if (taken > most) return `${text.slice(0, endWithMark)}${MARK}`;
    end += character.length;
  }
  return text;
}

/** Returns the last lines that fit, after `…` if others were left out. Of a last line that is too long, its beginning. */
export function lastLinesWithin(lines: readonly string[], most: number, cost: Cost = unitsOf): string {
  const costOf = (text: string) => [...text].reduce((sum, character) => sum + cost(character), 0);
  const end = cost("\n");
  const mark = cost(MARK) + end;
  let taken = 0;
  let from = lines.length;
  while (from > 0) {
    const more = costOf(lines[from - 1] ?? "") + end;
    if (taken + more + (from > 1 ? mark : 0) > most) break;
    taken += more;
    from--;
  }
  if (from === lines.length && from > 0) return within(lines.at(-1) ?? "", most, cost);
  return [...(from > 0 ? [MARK] : []), ...lines.slice(from)].join("\n");
}

function unitsOf(character: string): number {
  return character.length;
}

export function utf8BytesOf(character: string): number {
  return Buffer.byteLength(character);
}

/** Bytes in JSON. */
export function jsonBytesOf(character: string): number {
  return Buffer.byteLength(JSON.stringify(character)) - 2;
}
