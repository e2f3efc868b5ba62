import type { Place, Quote, SourceText } from "../imported.ts";

/** A timer or a service: its file, and the drop-ins that were given with it. */
export interface Unit {
  /** `backup.timer`. */
  readonly name: string;
  readonly directives: readonly Directive[];
  /** Lines that systemd passes over, with the reason. */
  readonly faults: readonly LineFault[];
  readonly quotes: readonly Quote[];
  /** Where its file begins. */
  readonly place: Place;
}

/** `Key=value`, with continuation lines joined. */
export interface Directive {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly place: Place;
}

export interface LineFault {
  readonly place: Place;
  readonly message: string;
}

/** The units of all texts, in their order; each with the path of the text in which it begins. */
export function readUnits(sources: readonly SourceText[]): readonly Unit[] {
  const files = sources.flatMap(splitText).map(readFile);
  const main = files.filter(({ dropInOf }) => dropInOf === undefined);
  const dropIns = files.filter(({ dropInOf }) => dropInOf !== undefined).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const named = new Map(main.map((file) => [file.name, file]));
  const alone = dropIns.filter(({ dropInOf = "" }) => !named.has(dropInOf));
  const units = [...named.values()].map((file) => {
    const own = [file, ...dropIns.filter(({ dropInOf }) => dropInOf === file.name)];
    return {
      name: file.name,
      place: file.place,
      directives: own.flatMap(({ directives }) => directives),
      faults: own.flatMap(({ faults }) => faults),
      quotes: own.flatMap(({ quotes }) => quotes),
    };
  });
  return [...units, ...alone.map(({ name, dropInOf: _, ...rest }) => ({ ...rest, name: `${name} (drop-in)` }))];
}

/** Some lines of a text that are one file of systemd's. */
interface UnitText {
  readonly path: string;
  /** Empty where it is not known. */
  readonly name: string;
  readonly dropInOf?: string;
  readonly lines: readonly Quote[];
}

const TYPES = "timer|service|target|socket|path|mount|automount|swap|slice|scope|device";
const HEADER = new RegExp(`^# (?:\\S*/)?([\\w:.\\\\@-]+\\.(?:${TYPES})(?:\\.d/[^/\\s]+\\.conf)?)$`);
const NAME_IN_PATH = new RegExp(`(?:^|/)([^/]+\\.(?:${TYPES})(?:\\.d/[^/]+\\.conf)?)$`);

/** Splits what `systemctl cat` prints, where a comment with its path stands before each file. */
function splitText({ path, text }: SourceText): readonly UnitText[] {
  const texts: { name: string; lines: Quote[] }[] = [{ name: nameIn(path) ?? "", lines: [] }];
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    const header = HEADER.exec(written)?.[1];
    const current = texts.at(-1);
    if (header !== undefined && current !== undefined && header !== current.name) {
      const isEmpty = current.lines.length === 0;
      if (isEmpty) texts.pop();
      texts.push({ name: header, lines: [] });
    }
    if (written.trim() !== "") texts.at(-1)?.lines.push({ line: index + 1, text: written, path });
  }
  return texts
    .filter(({ lines }) => lines.length > 0)
    .flatMap(({ name, lines }) => (name === "" ? splitBySection(path, lines) : [{ path, ...splitName(name), lines }]));
}

/** `x.timer`, `x.timer.d/a.conf`. */
function nameIn(path: string): string | undefined {
  return NAME_IN_PATH.exec(path)?.[1];
}

function splitName(name: string): { readonly name: string; readonly dropInOf?: string } {
  const [, of, file] = /^(.*)\.d\/([^/]+)$/.exec(name) ?? [];
  return of === undefined || file === undefined ? { name } : { name: file, dropInOf: of };
}

/** A text without names: a `[Unit]` section begins a new file, and what is in it says what it is. */
function splitBySection(path: string, lines: readonly Quote[]): readonly UnitText[] {
  const parts: Quote[][] = [[]];
  let kind = "";
  for (const line of lines) {
    const section = /^\s*\[([^\]]*)\]\s*$/.exec(line.text)?.[1];
    const isOther = (section === "Timer" || section === "Service") && kind !== "" && section !== kind;
    if ((section === "Unit" && kind !== "") || isOther) {
      parts.push([]);
      kind = "";
    }
    if (section === "Timer" || section === "Service") kind = section;
    parts.at(-1)?.push(line);
  }
  const base = path.replace(/^.*\//, "").replace(/[<>]/g, "");
  const counts = { timer: 0, service: 0 };
  return parts
    .filter((part) => part.length > 0)
    .map((part) => {
      const suffix = part.some(({ text }) => /^\s*\[Timer\]\s*$/.test(text)) ? "timer" : "service";
      const number = ++counts[suffix];
      return { path, name: `${base}${number === 1 ? "" : `-${number}`}.${suffix}`, lines: part };
    });
}

interface UnitFile extends Unit {
  readonly dropInOf?: string;
}

function readFile({ path, name, dropInOf, lines }: UnitText): UnitFile {
  const directives: Directive[] = [];
  const faults: LineFault[] = [];
  let section = "";
  for (const { text, line } of logicalLines(lines)) {
    const place = { path, line, column: text.search(/\S/) + 1 };
    const written = text.trim();
    const [, header] = /^\[(.*)\]$/s.exec(written) ?? [];
    if (header !== undefined) {
      section = header;
      continue;
    }
    const at = written.indexOf("=");
    if (at <= 0) faults.push({ place, message: `"${written}" is no assignment` });
    else if (section === "") faults.push({ place, message: `"${written}" stands in no section` });
    else directives.push({ section, key: written.slice(0, at).trim(), value: written.slice(at + 1).trim(), place });
  }
  const first = lines.find(({ text }) => /^\s*\[(?:Timer|Service)\]/.test(text))?.line ?? lines[0]?.line ?? 1;
  return {
    name,
    ...(dropInOf !== undefined && { dropInOf }),
    directives,
    faults,
    quotes: lines,
    place: { path, line: first, column: 1 },
  };
}

/** Joins lines that end with a backslash, which becomes a blank. Comments between them are passed over. */
function logicalLines(lines: readonly Quote[]): readonly Pick<Quote, "line" | "text">[] {
  const joined: { line: number; text: string }[] = [];
  let isOpen = false;
  for (const { line, text } of lines) {
    if (/^\s*[#;]/.test(text)) continue;
    const last = joined.at(-1);
    const ends = /(?:^|[^\\])(?:\\\\)*\\$/.test(text);
    const kept = ends ? `${text.slice(0, -1)} ` : text;
    if (isOpen && last !== undefined) last.text += kept.trimStart();
    else joined.push({ line, text: kept });
    isOpen = ends;
  }
  return joined;
}
