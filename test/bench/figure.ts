/** One line of the table. */
export interface Figure {
  readonly name: string;
  readonly measured: string;
  /** Where there is none, the figure is there to explain others. */
  readonly goal?: { readonly text: string; readonly isMet: boolean };
}

/** A number that must not be above its goal. */
export function atMost(name: string, value: number, goal: Limit): Figure {
  const { most, unit = "", digits = 2, details } = goal;
  const written = (number: number) => `${number.toFixed(digits)}${unit}`;
  const measured = written(value) + (details === undefined ? "" : ` (${details})`);
  return { name, measured, goal: { text: `≤ ${most}${unit}`, isMet: value <= most } };
}

export interface Limit {
  readonly most: number;
  readonly unit?: string;
  readonly digits?: number;
  /** What else there is to say of the value. */
  readonly details?: string;
}

export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, measured, goal }) => [name, measured, goal?.text ?? "", verdict(goal)]);
  const table = [["figure", "measured", "goal", "met"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function verdict(goal: Figure["goal"]): string {
  if (goal === undefined) return "";
  return goal.isMet ? "yes" : "NO";
}
