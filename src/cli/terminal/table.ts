import { type Appearance, type Tone, wrap } from "./appearance.ts";

interface Column {
  readonly head: string;
  /** Its cells may be cut where the table is too wide; the JSON has the whole of them. */
  readonly isCut?: true;
}

/** A text, or one with a meaning. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

const GAP = 2;
const LEAST_CUT = 12;
const LEAST_LAST = 16;

/**
 * Rows below a head, no wider than the appearance has columns, unless a first cell is: it is a name, and never cut. Where
 * rows would be wider, the columns that allow it are cut, and the last cell continues below itself. Where that is not
 * enough, the first cell of each row gets a line of its own, and finally every cell that is not empty.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { columns: most, paint }: Appearance,
): string {
  const heads = columns.map(({ head }) => head);
  const natural = columns.map((_, at) => Math.max(...[heads, ...rows].map((row) => textOf(row[at]).length)));
  const plain: Appearance["paint"] = (_, text) => text;
  const inOne = widthsFor(natural, columns, most);
  if (inOne !== undefined)
    return [heads, ...rows].flatMap((row) => cellsInLines(row, inOne, row === heads ? plain : paint)).join("\n");
  const below = widthsFor([GAP, ...natural.slice(1)], columns, most);
  const headWidth = Math.max(...heads.slice(1).map(({ length }) => length));
  const linesOf = (row: readonly Cell[], paint: Appearance["paint"]) =>
    below === undefined
      ? row
          .slice(1)
          .flatMap((cell, at) =>
            textOf(cell) === "" ? [] : labelled(heads[at + 1] ?? "", cell, headWidth, { columns: most, paint }),
          )
      : cellsInLines(["", ...row.slice(1)], below, paint);
  const head = below === undefined ? [] : [heads[0] ?? "", ...linesOf(heads, plain)];
  return [...head, ...rows.flatMap((row) => [paint(toneOf(row[0]), textOf(row[0])), ...linesOf(row, paint)])].join(
    "\n",
  );
}

/** Widths with which the table fits; undefined when it cannot. */
function widthsFor(
  natural: readonly number[],
  columns: readonly Column[],
  most: number,
): readonly number[] | undefined {
  const widths = cutToFit(natural, columns, most);
  const before = total([...widths.slice(0, -1), 0]);
  const last = Math.min(widths.at(-1) ?? 0, most - before);
  return last < Math.min(widths.at(-1) ?? 0, LEAST_LAST) ? undefined : [...widths.slice(0, -1), last];
}

function labelled(head: string, cell: Cell, width: number, { columns, paint }: Appearance): string {
  const indent = " ".repeat(2 * GAP + width);
  const text = wrap(textOf(cell), columns - indent.length).replaceAll("\n", `\n${indent}`);
  return `${" ".repeat(GAP)}${head.padEnd(width)}${" ".repeat(GAP)}${paint(toneOf(cell), text)}`;
}

function cutToFit(natural: readonly number[], columns: readonly Column[], most: number): number[] {
  const widths = [...natural];
  for (const [at, { isCut }] of columns.entries()) {
    const width = widths[at] ?? 0;
    const over = total(widths) - most;
    if (isCut && over > 0) widths[at] = Math.max(Math.min(width, LEAST_CUT), width - over);
  }
  return widths;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + GAP, -GAP);
}

function cellsInLines(row: readonly Cell[], widths: readonly number[], paint: Appearance["paint"]): string[] {
  const last = row.at(-1);
  const before = row.slice(0, -1).map((cell, at) => padded(cell, widths[at] ?? 0, paint));
  const [first = "", ...more] = wrap(textOf(last), widths.at(-1) ?? 0).split("\n");
  const indent = " ".repeat(total([...widths.slice(0, -1), 0]));
  return [
    [...before, paint(toneOf(last), first)].join(" ".repeat(GAP)).trimEnd(),
    ...more.map((text) => `${indent}${paint(toneOf(last), text)}`),
  ];
}

function padded(cell: Cell, width: number, paint: Appearance["paint"]): string {
  const text = textOf(cell);
  const shown = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
  return `${paint(toneOf(cell), shown)}${" ".repeat(width - shown.length)}`;
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === "object" ? cell.text : (cell ?? "");
}

function toneOf(cell: Cell | undefined): Tone | undefined {
  return typeof cell === "object" ? cell.tone : undefined;
}
