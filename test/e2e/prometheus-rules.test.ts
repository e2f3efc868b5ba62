import { readdirSync, readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { promtool, startPrometheus } from "../lab/prometheus.ts";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND, scheduleFile } from "./schedules.ts";

const DOCS = join(import.meta.dirname, "../../docs");
const EXAMPLES = join(DOCS, "examples/prometheus");
const read = (...path: string[]) => readFileSync(join(...path), "utf8");

type Rule = { alert: string; expr: string; labels: object; annotations: { summary: string; description: string } };
const groups = (parse(read(EXAMPLES, "alerts.yml")) as { groups: { rules: Rule[] }[] }).groups;
const rules = groups.flatMap(({ rules }) => rules);
const documented = metricsIn(read(DOCS, "metrics.md"));

describe("the Prometheus configurations", () => {
  const configs = readdirSync(EXAMPLES).filter((name) => name.startsWith("prometheus-"));

  it("are there", () => expect(configs).toHaveLength(3));

  it.each(configs)("%s is valid, with the alerts that it loads", async (name) => {
    const { code, output } = await promtool(["check", "config", join(EXAMPLES, name)]);
    expect(output).toContain("SUCCESS: 1 rule files found");
    expect(code, output).toBe(0);
  });
});

describe("the alert rules", () => {
  it("pass Prometheus' own check, lint included", async () => {
    const { code, output } = await promtool(["check", "rules", "--lint-fatal", join(EXAMPLES, "alerts.yml")]);
    expect(code, output).toBe(0);
    expect(output).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  it("fire when they should, and only then", async () => {
    const { code, output } = await promtool(["test", "rules", join(EXAMPLES, "alerts.test.yml")]);
    expect(code, output).toBe(0);
    expect(output).toContain("SUCCESS");
  });

  it.each(rules)("$alert is seen firing, is explained, and says what to do", ({ alert, labels, annotations }) => {
    expect(read(EXAMPLES, "alerts.test.yml")).toContain(`alertname="${alert}"`);
    expect(read(DOCS, "prometheus.md")).toContain(`\`${alert}\``);
    expect(labels).toEqual({ severity: expect.stringMatching(/^(warning|critical)$/) });
    expect(Object.keys(annotations)).toEqual(["summary", "description"]);
  });
});

describe("a Prometheus with the configuration for one host", () => {
  it("fires for a job that fails, and says which and since when", async () => {
    await using folder = await TestFolder.make();
    const jobs = { "rules-good": "true", "rules-bad": "false" };
    const run = (command: string) => ({ schedule: EVERY_SECOND, image: "busybox", command });
    const declared = Object.entries(jobs).map(([name, command]) => [name, run(command)]);
    await folder.writeSchedules(scheduleFile(Object.fromEntries(declared)));
    const args = ["--instance", "prom-rules", "--sources", "files"];
    await using scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args });
    await scheduler.until("run-finished", { job: "rules-bad" });
    await cp(join(EXAMPLES, "alerts.yml"), join(folder.path, "alerts.yml"));
    const target = new URL(await scheduler.url("/")).host;
    // As it is in the examples, but for its patience and the port.
    const config = read(EXAMPLES, "prometheus-host.yml").replaceAll(": 15s", ": 1s").replace("127.0.0.1:8494", target);
    await using prometheus = await startPrometheus({ config, dir: folder.path });

    const firing = async () => (await prometheus.query('ALERTS{alertstate="firing"}')).map(({ metric }) => metric);
    const [alert] = await eventually("an alert", async () => ((await firing()).length > 0 ? firing() : undefined));
    expect(alert).toMatchObject({ alertname: "ShipbellJobFailed", job: "shipbell", job_name: "rules-bad" });
    const [start] = await prometheus.query('shipbell_job_last_start_timestamp_seconds{job_name="rules-good"}');
    expect(start?.metric).toMatchObject({ job: "shipbell", instance: "shipbell" });
    const said = await (await fetch(`${prometheus.url}/api/v1/alerts`)).text();
    expect(said).toMatch(/It ended at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC\./);
    expect(await firing()).toHaveLength(1);
  });
});

describe("what asks for metrics", () => {
  it.each([
    ["the alert rules", rules.map(({ expr }) => expr).join("\n")],
    ["docs/prometheus.md", read(DOCS, "prometheus.md")],
  ])("%s: names those that there are", (_, text) => {
    const named = metricsIn(text);
    expect(named.size).toBeGreaterThan(5);
    expect([...named].filter((name) => !documented.has(name))).toEqual([]);
  });
});

/** The names of metrics in a text, without what a histogram or a summary adds. A service's name is none. */
function metricsIn(text: string): Set<string> {
  const names = [...text.matchAll(/\bshipbell_[a-z_]+[a-z]/g)].map(([name]) => name);
  return new Set(
    names.map((name) => name.replace(/_(bucket|sum|count)$/, "")).filter((name) => !/_scheduler$/.test(name)),
  );
}
