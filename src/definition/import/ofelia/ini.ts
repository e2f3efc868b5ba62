import type { Place, Quote } from "../imported.ts";

/** A section of an INI file: `[job-exec "backup"]`, and the keys below it. */
export interface IniSection {
  /** `job-exec`, `global`. */
  readonly type: string;
  /** What stands in quotes after it. */
  readonly name: string;
  readonly place: Place;
  readonly keys: readonly IniKey[];
  /** Its lines, with the comments between them. */
  readonly quotes: readonly Quote[];
  /** Where it begins once more: the scheduler takes both as one. */
  readonly again: readonly Place[];
  /** Why the scheduler does not take its first line, and so the whole file. */
  readonly wrong?: string;
}

export interface IniKey {
  /** In lower case: keys may be written in any. */
  readonly key: string;
  readonly value: string;
  readonly place: Place;
  /** What follows a `;` or `#`, and is a comment although it hardly looks like one. */
  readonly cut?: string;
  /** Its double quotes were taken away, though they did not stand round all of it. */
  readonly lostQuotes?: true;
  /** Why the scheduler does not take the line, or its whole file. */
  readonly wrong?: string;
}

/** `gcfg` is the reader of mcuadros/ofelia, `ini.v1` that of netresearch/ofelia. */
export type IniSyntax = "gcfg" | "ini.v1";

/** Lines that belong to no section, and the sections. */
export interface IniFile {
  readonly before: readonly Quote[];
  /** Those of `before` that are no comments. */
  readonly stray: readonly Place[];
  readonly sections: readonly IniSection[];
}

/** Reads an INI file as the scheduler does that has it. */
export function readIni(text: string, syntax: IniSyntax): IniFile {
  const sections: OpenSection[] = [];
  const before: Quote[] = [];
  const stray: Place[] = [];
  let current: OpenSection | undefined;
  let comments: Quote[] = [];
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const written = lines[at] ?? "";
    const quote = { line: at + 1, text: withoutSecret(written) };
    if (written.trim() === "") continue;
    if (/^\s*[;#]/.test(written)) {
      comments.push(quote);
      continue;
    }
    const header = readHeader(written, syntax);
    if (header !== undefined) {
      const place = { line: at + 1, column: written.search(/\S/) + 1 };
      const { type, name } = header;
      const first = sections.find(({ section }) => section.type === type && section.name === name);
      current = first ?? { section: { ...header, place }, keys: [], quotes: [], again: [] };
      if (first === undefined) sections.push(current);
      else first.again.push(place);
      current.quotes.push(...comments, quote);
      comments = [];
      continue;
    }
    if (current === undefined) {
      before.push(...comments, quote);
      stray.push({ line: at + 1, column: written.search(/\S/) + 1 });
      comments = [];
      continue;
    }
    current.quotes.push(...comments, quote);
    comments = [];
    let logical = written;
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(logical.trimEnd()) && at + 1 < lines.length) {
      const next = lines[++at] ?? "";
      current.quotes.push({ line: at + 1, text: next });
      logical =
        syntax === "gcfg"
          ? `${logical.trimEnd().slice(0, -1)}${next}`
          : `${logical.trimEnd().slice(0, -1)}${next.trim()}`;
    }
    current.keys.push(readKey(logical, quote.line, syntax));
  }
  (current === undefined ? before : current.quotes).push(...comments);
  return { before, stray, sections: sections.map(({ section, ...rest }) => ({ ...section, ...rest })) };
}

interface OpenSection {
  readonly section: Omit<IniSection, "keys" | "quotes" | "again">;
  readonly keys: IniKey[];
  readonly quotes: Quote[];
  readonly again: Place[];
}

/** Returns a line as it may be shown: what a key for a secret has is left out. */
export function withoutSecret(line: string): string {
  return line.replace(/^(.*(?:password|secret|token|webhook)[\w-]*["']?\s*[=:]\s*)\S.*$/i, "$1(not shown)");
}

function readHeader(line: string, syntax: IniSyntax): Pick<IniSection, "type" | "name" | "wrong"> | undefined {
  const [, type, quoted, rest = "", after = ""] =
    /^\s*\[\s*([^\s\]"]+)\s*(?:"((?:[^"\\]|\\.)*)")?([^\]]*)\](.*)$/.exec(line) ?? [];
  if (type === undefined) return undefined;
  const name = quoted ?? rest.trim();
  if (syntax === "ini.v1") return { type: type.toLowerCase(), name };
  const section = { type: type.toLowerCase(), name: name.replaceAll(/\\(.)/g, "$1") };
  if (rest.trim() !== "") return { ...section, wrong: `"${rest.trim()}" has to stand in double quotes` };
  return /^\s*(?:[;#]|$)/.test(after) ? section : { ...section, wrong: "after the bracket the line has to end" };
}

function readKey(line: string, number: number, syntax: IniSyntax): IniKey {
  const delimiter = syntax === "gcfg" ? /=/ : /[=:]/;
  const at = line.search(delimiter);
  const place = { line: number, column: line.search(/\S/) + 1 };
  const key = (at === -1 ? line : line.slice(0, at)).trim().toLowerCase();
  if (at === -1) return { key, value: syntax === "gcfg" ? "true" : "", place };
  const written = line.slice(at + 1).trim();
  return { key, place, ...(syntax === "gcfg" ? readGcfgValue(written) : readIniV1Value(written)) };
}

type Value = Pick<IniKey, "value" | "cut" | "lostQuotes" | "wrong">;

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\", '"': '"', n: "\n", t: "\t" };

/** Double quotes protect, and are taken away wherever they stand; single quotes do neither. */
function readGcfgValue(text: string): Value {
  let value = "";
  let end = 0;
  let isQuoted = false;
  const lost = /^[^"].*"/s.test(text) ? { lostQuotes: true as const } : {};
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (!isQuoted && (char === ";" || char === "#"))
      return { value: value.slice(0, end), cut: text.slice(at), ...lost };
    if (char === '"') isQuoted = !isQuoted;
    else if (char === "\\") {
      const next = text.charAt(++at);
      if (!isQuoted && next !== '"')
        return {
          value,
          wrong: `outside of double quotes a backslash may stand before a double quote alone, and not before "${next}"`,
        };
      const escaped = ESCAPES[next];
      if (escaped === undefined) return { value, wrong: `"\\${next}" is no escape: \\\\, \\", \\n and \\t are` };
      value += escaped;
    } else value += char;
    if (isQuoted || /\S/.test(char)) end = value.length;
  }
  return isQuoted ? { value, wrong: "a double quote is not closed" } : { value: value.slice(0, end), ...lost };
}

/** Quotes protect nothing from `;` and `#`. Those round the whole value are taken away. */
function readIniV1Value(text: string): Value {
  const [, , held] = /^("""|`)(.*)\1/s.exec(text) ?? [];
  if (held !== undefined) return { value: held };
  const at = text.search(/[;#]/);
  const kept = at === -1 ? text : text.slice(0, at).trim();
  const isSurrounded = /^(["']).*\1$/s.test(kept) && kept.indexOf(kept.charAt(0), 1) === kept.length - 1;
  const value = isSurrounded ? kept.slice(1, -1) : kept;
  return at === -1 ? { value } : { value, cut: text.slice(at) };
}
