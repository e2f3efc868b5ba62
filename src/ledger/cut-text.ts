/** The beginning of a text, so long that it takes at most so many bytes as JSON, where a control character takes six. */
export function cutText(text: string, mostBytes: number): string {
  if (6 * text.length + QUOTES <= mostBytes || (text.length < mostBytes && jsonBytes(text) <= mostBytes)) return text;
  let fits = 0;
  let tooLong = Math.min(text.length, mostBytes);
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (jsonBytes(beginningOf(text, middle) + CUT) <= mostBytes) fits = middle;
    else tooLong = middle;
  }
  return beginningOf(text, fits) + CUT;
}

const CUT = "…";
const QUOTES = 2;

/** Half of a character would be no text. */
function beginningOf(text: string, length: number): string {
  const isHalf =
    /[\ud800-\udbff]$/.test(text.slice(0, length)) && /^[\udc00-\udfff]/.test(text.slice(length, length + 1));
  return text.slice(0, isHalf ? length - 1 : length);
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
