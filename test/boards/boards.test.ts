import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dashboard, Panel, RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { BOARDS, boardText } from "../../boards/main.ts";

const DOCS = join(import.meta.dirname, "../../docs");
const GRAFANA = join(DOCS, "examples/grafana");
const read = (...path: string[]) => readFileSync(join(...path), "utf8");

const files = readdirSync(GRAFANA).filter((name) => name.endsWith(".json"));
const documented = new Set(read(DOCS, "metrics.md").match(/\b(shipbell|process|nodejs)_[a-z_]+[a-z]/g));

describe("the boards", () => {
  it("are the files of the examples, each as `npm run docs` writes it", () => {
    expect(files.toSorted()).toEqual(BOARDS.map(({ uid }) => `${uid}.json`).toSorted());
    for (const board of BOARDS) expect(read(GRAFANA, `${board.uid}.json`), board.uid).toBe(boardText(board));
  });

  it("are found where the provisioning file looks, on a data source that is named there and nowhere else", () => {
    const provisioned = (kind: string) => parse(read(GRAFANA, "provisioning", kind, "shipbell.yml"));
    expect(provisioned("dashboards").providers).toEqual([
      expect.objectContaining({ type: "file", options: { path: "/var/lib/grafana/dashboards/shipbell" } }),
    ]);
    expect(read(DOCS, "grafana.md")).toContain("/var/lib/grafana/dashboards/shipbell");
    const [{ name, url }] = provisioned("datasources").datasources;
    const texts = files.map((file) => read(GRAFANA, file));
    for (const word of [`"${name}"`, url, "__inputs"]) expect(texts.filter((text) => text.includes(word))).toEqual([]);
  });

  it("have addresses of their own, which they link to", () => {
    const boards = files.map((file) => JSON.parse(read(GRAFANA, file)) as Dashboard);
    const uids = boards.map(({ uid }) => uid ?? "");
    expect(new Set(uids).size).toBe(3);
    const linked = [
      ...files
        .map((file) => read(GRAFANA, file))
        .join("")
        .matchAll(/\/d\/([\w-]+)/g),
    ];
    expect(linked.length).toBeGreaterThan(0);
    expect(linked.filter(([, uid = ""]) => !uids.includes(uid))).toEqual([]);
  });
});

describe.each(files)("%s", (file) => {
  const board = JSON.parse(read(GRAFANA, file)) as Dashboard;
  const panels = (board.panels ?? []).flatMap((panel): Panel[] => (isRow(panel) ? panel.panels : [panel]));
  const queries = panels.flatMap(({ title, targets = [] }) =>
    (targets as unknown as { expr: string }[]).map(({ expr }) => [title, expr] as const),
  );
  const ofMetrics = queries.filter(([, expr]) => !expr.startsWith("{"));

  it("has panels with ids of their own, that lie next to each other", () => {
    const all = [...(board.panels ?? []), ...panels];
    const ids = new Set(all).values().map(({ id }) => id);
    expect(new Set(ids).size).toBe(new Set(all).size);
    const shown = (board.panels ?? []).map(({ gridPos }) => gridPos);
    expect(shown.filter((one, index) => shown.slice(index + 1).some((other) => overlaps(one, other)))).toEqual([]);
  });

  it("says of each panel what it shows, and asks the data source that is chosen", () => {
    for (const { description, datasource } of panels) {
      expect(description).toMatch(/\.$/);
      expect(datasource?.uid).toMatch(/^\$\{(datasource|logs)\}$/);
    }
  });

  it.each(ofMetrics)("%s: asks for metrics that there are, of the shipbells that are chosen", (_, expr) => {
    const metrics = [...expr.matchAll(/\b(\w+)\{([^}]*)\}/g)];
    expect(metrics.length).toBeGreaterThan(0);
    for (const [, metric = "", selector] of metrics) {
      const base = metric.replace(/_(bucket|sum|count)$/, "");
      expect(metric === "up" || documented.has(metric) || documented.has(base), metric).toBe(true);
      expect(selector).toContain('job=~"$shipbell"');
    }
  });

  it.each(ofMetrics)("%s: takes one instance of what all schedulers export alike", (_, expr) => {
    const perJob =
      /\bshipbell_(?:job_|jobs\b|run_started|runs_|occurrences|retries|notices_waiting|problems|warnings|labels)/g;
    const alone = [...expr.matchAll(perJob)].filter(({ index }) => {
      const before = expr.slice(0, index);
      return !/(max|min) without \(instance[^)]*\) \((min_over_time\()?$/.test(before);
    });
    expect(alone.map(([metric]) => metric)).toEqual([]);
  });
});

function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === "row";
}

type Place = Panel["gridPos"];

function overlaps(one: Place, other: Place): boolean {
  if (one === undefined || other === undefined) return true;
  const apart = (a: number, length: number, b: number, width: number) => a + length <= b || b + width <= a;
  return !apart(one.x, one.w, other.x, other.w) && !apart(one.y, one.h, other.y, other.h);
}
