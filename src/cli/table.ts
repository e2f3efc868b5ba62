import { type Appearance, type Tone, wrap } from "./appearance.ts";

export interface Column {
  readonly head: string;
  /** What stands in it may be cut where the table is too wide; the whole of it is in the JSON. */
  readonly isCut?: true;
}

/** A text, or one with a meaning. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

const GAP = 2;
const LEAST_CUT = 16;
const LEAST_LAST = 16;

/**
 * Rows below a head, no wider than the appearance has columns. Where they would be, columns that may be are cut; where
 * that is not enough, the last cell goes on below itself, and each row's first cell gets a line of its own.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { columns: most, paint }: Appearance,
): string {
  const head = columns.map(({ head }) => head);
  const natural = columns.map((_, at) => Math.max(...[head, ...rows].map((row) => textOf(row[at]).length)));
  const widths = cutToFit(natural, columns, most);
  const isStacked = total([...widths.slice(0, -1), Math.min(widths.at(-1) ?? 0, LEAST_LAST)]) > most;
  const [first = 0, ...rest] = isStacked ? cutToFit([GAP, ...natural.slice(1)], columns, most) : widths;
  const fitting = [first, ...rest.slice(0, -1), lastWidth([first, ...rest], most)];
  const line = (row: readonly Cell[], isHead: boolean): string[] => {
    const named = isStacked && !isHead ? [paint(toneOf(row[0]), textOf(row[0]))] : [];
    const shown = isStacked ? ["", ...row.slice(1)] : row;
    return [...named, ...cellsInLines(shown, fitting, isHead ? (_, text) => text : paint)];
  };
  return [...(isStacked ? [head[0] ?? ""] : []), ...line(head, true), ...rows.flatMap((row) => line(row, false))].join(
    "\n",
  );
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

/** What is left for the last column. */
function lastWidth(widths: readonly number[], most: number): number {
  const before = total([...widths.slice(0, -1), 0]);
  return Math.min(widths.at(-1) ?? 0, Math.max(LEAST_LAST, most - before));
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
