/** The boards of `docs/examples/grafana/`. Run as a program, it writes them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Board, drawBoard } from "./board.ts";
import { JOB_BOARD } from "./job-board.ts";
import { JOBS_BOARD } from "./jobs-board.ts";
import { SCHEDULER_BOARD } from "./scheduler-board.ts";

export const BOARDS: readonly Board[] = [JOBS_BOARD, JOB_BOARD, SCHEDULER_BOARD];

/** As its file has it: plain JSON that Grafana imports or provisions. */
export function boardText(board: Board): string {
  return `${JSON.stringify(drawBoard(board), null, 2)}\n`;
}

if (import.meta.main) {
  const folder = join(import.meta.dirname, "../docs/examples/grafana");
  mkdirSync(folder, { recursive: true });
  for (const board of BOARDS) writeFileSync(join(folder, `${board.uid}.json`), boardText(board));
}
