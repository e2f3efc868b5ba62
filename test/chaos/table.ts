import type { Evidence } from "./evidence.ts";
import { FAULT_NAMES, kindOf } from "./fault-kinds.ts";
import type { FaultRecord } from "./fault-record.ts";
import { figuresOf } from "./figures.ts";

/** Both tables of a chaos, in Markdown: what was broken, and what came of it. */
export function formatTables(evidence: Evidence, seed: number): string {
  const faults = FAULT_NAMES.flatMap((name) => {
    const ofKind = evidence.faults.filter((fault) => fault.name === name);
    return ofKind.length === 0 ? [] : [[kindOf(name).words, ofKind.length, tellSeconds(ofKind), runsUnderWay(ofKind)]];
  });
  const date = evidence.beganAt.toISOString().slice(0, 10);
  return [
    formatTable(["fault", "times", "duration in seconds", "active runs when it began"], faults),
    formatTable(["figure", `on ${date}, seed ${seed}`], figuresOf(evidence)),
  ].join("\n\n");
}

function tellSeconds(faults: readonly FaultRecord[]): string {
  const all = faults.map(({ beganAt, endedAt = beganAt }) =>
    Math.round((endedAt.getTime() - beganAt.getTime()) / 1000),
  );
  const [least, most] = [Math.min(...all), Math.max(...all)];
  return least === most ? `${most}` : `${least} to ${most}`;
}

function runsUnderWay(faults: readonly FaultRecord[]): number {
  return faults.reduce((sum, { activeRuns }) => sum + activeRuns, 0);
}

function formatTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
