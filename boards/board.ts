/** Draws a board for Grafana from a table of panels: what each shows, in which form, and by which queries. */
import * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as heatmap from "@grafana/grafana-foundation-sdk/heatmap";
import * as logs from "@grafana/grafana-foundation-sdk/logs";
import * as loki from "@grafana/grafana-foundation-sdk/loki";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

export interface Board {
  /** Also the name of its file. */
  readonly uid: string;
  readonly title: string;
  readonly says: string;
  /** What is chosen at the top, in addition to the data source and the scrape configuration. */
  readonly variables?: readonly Variable[];
  readonly rows: readonly Row[];
}

/** Values of a label of a metric, or a data source of another kind. */
type Variable =
  | { readonly name: string; readonly label: string; readonly query: string }
  | { readonly name: string; readonly label: string; readonly datasource: string };

interface Row {
  readonly title: string;
  /** Panels share the width of 24; their height is that of the row. */
  readonly height: number;
  readonly panels: readonly Panel[];
  /** Only drawn when it is opened. */
  readonly isCollapsed?: true;
}

interface PanelBase {
  readonly title: string;
  /** For people who look at it for the first time. */
  readonly says: string;
  /** Of 24. */
  readonly width: number;
  /** As Grafana names units: `s`, `bytes`, `short`. */
  readonly unit?: string;
}

export interface Query {
  readonly query: string;
  readonly legend?: string;
}

/** `number`: one value of now. `bars`: a bar for each value of now. `graph`: over time. */
export type Panel = PanelBase &
  (
    | { readonly form: "number"; readonly query: string; readonly isBadFrom?: number; readonly words?: Words }
    | { readonly form: "bars"; readonly queries: readonly Query[] }
    | {
        readonly form: "graph";
        readonly queries: readonly Query[];
        readonly style?: "bars" | "lines" | "points";
        /** The shortest step, where each point stands for a fixed time. */
        readonly step?: string;
        readonly colors?: Readonly<Record<string, string>>;
      }
    | { readonly form: "states"; readonly query: string; readonly legend: string; readonly words: Words }
    | { readonly form: "heatmap"; readonly query: string }
    | {
        readonly form: "table";
        readonly columns: readonly Column[];
        readonly hidden: readonly string[];
        readonly link: string;
      }
    | { readonly form: "logs"; readonly query: string }
  );

/** What a number means. */
type Words = Readonly<Record<string, { readonly text: string; readonly color: string }>>;

/** The values of a query, by the labels that all columns share; further labels of a query are columns, too. */
interface Column extends Query {
  readonly name: string;
  readonly unit?: string;
}

/** The data source is chosen at the top of the board: no name of one is written in. */
const PROMETHEUS: common.DataSourceRef = { type: "prometheus", uid: filledIn("datasource") };
const LOKI: common.DataSourceRef = { type: "loki", uid: filledIn("logs") };

/** What Grafana fills in: a variable of the board, or of its own. */
export function filledIn(variable: string): string {
  return `\${${variable}}`;
}

/** Returns the board as Grafana reads it. */
export function drawBoard({ uid, title, says, variables = [], rows }: Board): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(says)
    .tags(["shipbell"])
    .timezone("browser")
    .time({ from: "now-24h", to: "now" })
    .refresh("1m")
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .variables([...EVERYWHERE, ...variables].map(drawVariable))
    .link(otherBoards());
  let y = 0;
  let id = 0;
  for (const { title, height, panels, isCollapsed } of rows) {
    id += 1;
    const row = new dashboard.RowBuilder(title).id(id).gridPos({ x: 0, y, w: 24, h: 1 });
    y += 1;
    let x = 0;
    const drawn = panels.map((panel) => {
      id += 1;
      const place = { x, y, w: panel.width, h: height };
      x += panel.width;
      return drawPanel(panel).id(id).title(panel.title).description(panel.says).gridPos(place);
    });
    if (x !== 24) throw new Error(`the row "${title}" of ${uid} is ${x} wide, not 24`);
    y += height;
    if (isCollapsed) {
      for (const panel of drawn) row.withPanel(panel);
      builder.withRow(row.collapsed(true));
    } else {
      builder.withRow(row);
      for (const panel of drawn) builder.withPanel(panel);
    }
  }
  return builder.build();
}

const EVERYWHERE: readonly Variable[] = [
  { name: "datasource", label: "Data source", datasource: "prometheus" },
  { name: "shipbell", label: "Scrape configuration", query: "label_values(shipbell_build_info, job)" },
];

function drawVariable(variable: Variable): Builder<dashboard.VariableModel> {
  const { name, label } = variable;
  if ("datasource" in variable)
    return new dashboard.DatasourceVariableBuilder(name).label(label).type(variable.datasource);
  const builder = new dashboard.QueryVariableBuilder(name)
    .label(label)
    .datasource(PROMETHEUS)
    .query({ query: variable.query, refId: name })
    .definition(variable.query)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc);
  if (name !== "shipbell") return builder;
  return builder.multi(true).includeAll(true).current({ text: "All", value: "$__all", selected: true });
}

function otherBoards(): dashboard.DashboardLinkBuilder {
  return new dashboard.DashboardLinkBuilder("shipbell")
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags(["shipbell"])
    .includeVars(true)
    .keepTime(true);
}

/** What all builders of panels have, as far as it is used here. */
interface PanelBuilder extends Builder<dashboard.Panel> {
  id(id: number): this;
  title(title: string): this;
  description(description: string): this;
  gridPos(gridPos: dashboard.GridPos): this;
}

function drawPanel(panel: Panel): PanelBuilder {
  switch (panel.form) {
    case "number":
      return drawNumber(panel);
    case "bars":
      return drawBars(panel);
    case "graph":
      return drawGraph(panel);
    case "states":
      return drawStates(panel);
    case "heatmap":
      return drawHeatmap(panel);
    case "table":
      return drawTable(panel);
    case "logs":
      return drawLogs(panel);
  }
}

type Form<F extends Panel["form"]> = Extract<Panel, { form: F }>;

function drawNumber({ unit = "short", query, isBadFrom, words }: Form<"number">): PanelBuilder {
  const builder = new stat.PanelBuilder()
    .datasource(PROMETHEUS)
    .unit(unit)
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(isBadFrom === undefined && !words ? common.BigValueColorMode.Value : common.BigValueColorMode.Background)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .thresholds(thresholds(isBadFrom))
    .noValue("–")
    .withTarget(now({ query }));
  return words === undefined ? builder : builder.mappings(mappings(words));
}

function drawBars({ unit = "short", queries }: Form<"bars">): PanelBuilder {
  const builder = new bargauge.PanelBuilder()
    .datasource(PROMETHEUS)
    .unit(unit)
    .min(0)
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .thresholds(thresholds(undefined));
  for (const query of queries) builder.withTarget(now(query));
  return builder;
}

function drawGraph({ unit = "short", queries, style = "lines", step, colors = {} }: Form<"graph">): PanelBuilder {
  const isBars = style === "bars";
  const builder = new timeseries.PanelBuilder()
    .datasource(PROMETHEUS)
    .unit(unit)
    .min(0)
    .drawStyle(
      { bars: common.GraphDrawStyle.Bars, lines: common.GraphDrawStyle.Line, points: common.GraphDrawStyle.Points }[
        style
      ],
    )
    .fillOpacity(isBars ? 80 : 0)
    .lineWidth(isBars ? 0 : 1)
    .pointSize(style === "points" ? 6 : 4)
    .showPoints(style === "points" ? common.VisibilityMode.Always : common.VisibilityMode.Never)
    .stacking(new common.StackingConfigBuilder().mode(isBars ? common.StackingMode.Normal : common.StackingMode.None))
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    );
  if (step !== undefined) builder.interval(step);
  for (const [name, color] of Object.entries(colors)) {
    builder.overrideByName(name, [{ id: "color", value: { mode: "fixed", fixedColor: color } }]);
  }
  for (const [index, query] of queries.entries()) builder.withTarget(overTime(query, refId(index)));
  return builder;
}

function drawStates({ query, legend, words }: Form<"states">): PanelBuilder {
  return new statetimeline.PanelBuilder()
    .datasource(PROMETHEUS)
    .mappings(mappings(words))
    .mergeValues(true)
    .showValue(common.VisibilityMode.Never)
    .rowHeight(0.8)
    .perPage(20)
    .withTarget(overTime({ query, legend }, "A"));
}

function drawHeatmap({ unit = "s", query }: Form<"heatmap">): PanelBuilder {
  return new heatmap.PanelBuilder()
    .datasource(PROMETHEUS)
    .yAxis(new heatmap.YAxisConfigBuilder().unit(unit))
    .withTarget(overTime({ query, legend: "{{le}}" }, "A").format(prometheus.PromQueryFormat.Heatmap).exemplar(true));
}

function drawTable({ columns, hidden, link }: Form<"table">): PanelBuilder {
  const builder = new table.PanelBuilder().datasource(PROMETHEUS).noValue("–");
  columns.forEach(({ query, name, unit }, index) => {
    builder.withTarget(now({ query }).refId(refId(index)).format(prometheus.PromQueryFormat.Table));
    if (unit !== undefined) builder.overrideByName(name, [{ id: "unit", value: unit }]);
  });
  const names = columns.map(({ name }, index) => [`Value #${refId(index)}`, name]);
  const left = [["job_name", "job"], ["schedule", "schedule"], ...names].filter(
    ([from = ""]) => !hidden.includes(from),
  );
  return builder
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: Object.fromEntries(["Time", ...hidden].map((name) => [name, true])),
        indexByName: Object.fromEntries(left.map(([from = ""], index) => [from, index])),
        renameByName: Object.fromEntries(left),
      },
    })
    .overrideByName("job", [{ id: "links", value: [{ title: "this job", url: link }] }]);
}

function drawLogs({ query }: Form<"logs">): PanelBuilder {
  return new logs.PanelBuilder()
    .datasource(LOKI)
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(common.LogsSortOrder.Descending)
    .withTarget(new loki.DataqueryBuilder().datasource(LOKI).expr(query).refId("A"));
}

function now({ query, legend = "" }: Query): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder().datasource(PROMETHEUS).expr(query).legendFormat(legend).instant();
}

function overTime({ query, legend = "" }: Query, ref: string): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder().datasource(PROMETHEUS).expr(query).legendFormat(legend).range().refId(ref);
}

function refId(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

/** Coloured only where something is wrong. */
function thresholds(isBadFrom: number | undefined): Builder<dashboard.ThresholdsConfig> {
  const steps = [{ value: null, color: isBadFrom === undefined ? "text" : "transparent" }];
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(isBadFrom === undefined ? steps : [...steps, { value: isBadFrom, color: "red" }]);
}

function mappings(words: Words): dashboard.ValueMapping[] {
  return [{ type: dashboard.MappingType.ValueToText, options: { ...words } }];
}
