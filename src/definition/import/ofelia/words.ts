/** Brackets that hold a word together, with what closes them. */
const CLOSES: Readonly<Record<string, string>> = { "{": "}", "[": "]", "(": ")" };

/**
 * Splits a command into words as Ofelia does. It is no shell: quotes hold a word together only where they begin it, a word
 * that begins with `|`, `>`, `<` or `#` takes all that follows, and brackets hold together what they enclose.
 */
export function splitOfeliaWords(command: string): readonly string[] {
  const words: string[] = [];
  let rest = command;
  while (rest !== "") {
    const read = nextWord(rest);
    if (read === undefined) break;
    words.push(read.word);
    rest = read.rest;
  }
  return words;
}

interface Read {
  readonly word: string;
  readonly rest: string;
}

function nextWord(text: string): Read | undefined {
  let word = "";
  let quote: string | undefined;
  const open: string[] = [];
  let isFirst = true;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\\") {
      isFirst = false;
      word += text.charAt(++at);
      continue;
    }
    if (isFirst) {
      if (/\s/.test(char)) continue;
      isFirst = false;
      if ("`'\"".includes(char)) {
        quote = char;
        continue;
      }
      const closes = CLOSES[char];
      if (closes !== undefined) {
        open.push(closes);
        word += char;
        continue;
      }
      if ("|><#".includes(char)) return { word: text.slice(at), rest: "" };
    }
    if (open.length === 0) {
      if (quote === undefined ? /\s/.test(char) : char === quote) return { word, rest: text.slice(at + 1) };
      word += char;
      continue;
    }
    word += char;
    if (quote !== undefined) quote = char === quote ? undefined : quote;
    else if (char === open.at(-1)) {
      open.pop();
      if (open.length === 0) return { word, rest: text.slice(at + 1) };
    } else if ("`'\"".includes(char)) quote = char;
    else if (CLOSES[char] !== undefined) open.push(CLOSES[char] ?? "");
  }
  return word === "" ? undefined : { word, rest: "" };
}
