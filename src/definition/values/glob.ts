/**
 * True where the whole text matches the pattern: `*` stands for any characters or none, `?` for one. Takes time in
 * proportion to the length of the text, however many stars there are.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  let afterStar: number | undefined;
  let starEnds = 0;
  while (at < text.length) {
    const wanted = pattern[inPattern];
    if (wanted === "*") {
      afterStar = ++inPattern;
      starEnds = at;
    } else if (wanted === "?" || wanted === text[at]) {
      at += wanted === "?" ? widthAt(text, at) : 1;
      inPattern++;
    } else if (afterStar === undefined) return false;
    else {
      // The last star takes one more character; what an earlier star takes makes no difference.
      starEnds += widthAt(text, starEnds);
      at = starEnds;
      inPattern = afterStar;
    }
  }
  while (pattern[inPattern] === "*") inPattern++;
  return inPattern === pattern.length;
}

/** Returns how many code units the character takes. */
function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
