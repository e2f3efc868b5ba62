import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dashboard, Panel, RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";

const GRAFANA = join(import.meta.dirname, "../../docs/examples/grafana");

/** A query of a panel, as the board's file has it. */
export interface BoardQuery {
  readonly board: string;
  readonly panel: string;
  readonly expr: string;
  readonly legend: string;
  readonly instant: boolean;
}

export const boardUids = readdirSync(GRAFANA)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.replace(".json", ""));

/** All that are for Prometheus. */
export const boardQueries: readonly BoardQuery[] = boardUids.flatMap((board) => {
  const { panels = [] } = JSON.parse(readFileSync(join(GRAFANA, `${board}.json`), "utf8")) as Dashboard;
  return panels
    .flatMap((panel): Panel[] => (isRow(panel) ? panel.panels : [panel]))
    .filter(({ datasource }) => datasource?.type === "prometheus")
    .flatMap(({ title: panel = "", targets = [] }) =>
      (targets as unknown as Target[]).map(
        ({ expr, legendFormat: legend = "", instant = false }): BoardQuery => ({ board, panel, expr, legend, instant }),
      ),
    );
});

type Target = { expr: string; legendFormat?: string; instant?: boolean };

/** Queries of which the answer may name an instance: what each process says of itself. */
export function isOfProcess({ expr }: BoardQuery): boolean {
  return /^(up|process_|nodejs_|shipbell_engine_up|rate\(process)/.test(expr);
}

interface Shown {
  readonly job: string;
  readonly from: Date;
  readonly to: Date;
  readonly scrapeSeconds: number;
}

/** The query as Grafana sends it for a board that shows that time, and that job. */
export function fillIn(expr: string, { job, from, to, scrapeSeconds }: Shown): string {
  const seconds = String((to.getTime() - from.getTime()) / 1000);
  const values: readonly (readonly [name: string, value: string])[] = [
    ["$shipbell", "shipbell"],
    ["$job_name", job],
    ["$__range_s", seconds],
    ["$__range", `${seconds}s`],
    // Four scrapes, as Grafana has it.
    ["$__rate_interval", `${4 * scrapeSeconds}s`],
    ["$" + "{__from:date:seconds}", String(from.getTime() / 1000)],
  ];
  return values.reduce((text, [name, value]) => text.replaceAll(name, value), expr);
}

function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === "row";
}
