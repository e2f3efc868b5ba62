import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";

import { startAlertmanager } from "../lab/alertmanager.ts";
import { needCommands } from "../lab/machine/packages.ts";
import { finish } from "../lab/machine/run-command.ts";
import { promtool, startPrometheus } from "../lab/prometheus.ts";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { OFTEN, scheduleFile } from "./schedules.ts";

const DOCS = join(import.meta.dirname, "../../docs");
const EXAMPLES = join(DOCS, "examples/prometheus");
const read = (...path: string[]) => readFileSync(join(...path), "utf8");

type Rule = { alert: string; expr: string; labels: object; annotations: Record<string, string> };
const groups = (parse(read(EXAMPLES, "alerts.yml")) as { groups: { rules: Rule[] }[] }).groups;
const rules = groups.flatMap(({ rules }) => rules);
type UnitTest = { promql_expr_test: { expr: string; exp_samples: { labels: string }[] }[] };
const TESTS = ["alerts.test.yml", "alerts-days.test.yml"];
const unitTests = TESTS.flatMap((file) => (parse(read(EXAMPLES, file)) as { tests: UnitTest[] }).tests);
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

  it.each(TESTS)("fire when they should, and only then: %s", async (file) => {
    const { code, output } = await promtool(["test", "rules", join(EXAMPLES, file)]);
    expect(code, output).toBe(0);
    expect(output).toContain("SUCCESS");
  });

  it.each(rules)("$alert is seen firing, is explained, and says what to do", ({ alert, labels, annotations }) => {
    expect(TESTS.map((file) => read(EXAMPLES, file)).join()).toContain(`alertname="${alert}"`);
    expect(read(DOCS, "prometheus.md")).toContain(`\`${alert}\``);
    expect(labels).toEqual({ severity: expect.stringMatching(/^(warning|critical)$/) });
    expect(Object.keys(annotations)).toEqual(["summary", "runbook_url", "description"]);
  });

  it.each(rules)("$alert is seen firing, and then resolved, within one test", ({ alert }) => {
    expect(unitTests.filter((test) => isResolved(firingIn(test, alert))).length).toBeGreaterThan(0);
  });

  it.each(rules)("$alert has a runbook: what it means, what to look at, what to do, when it resolves", (rule) => {
    expect(rule.annotations.runbook_url).toBe(`runbooks/${rule.alert}.md`);
    const headings = [...read(EXAMPLES, "runbooks", `${rule.alert}.md`).matchAll(/^##? (.+)$/gm)].map(
      ([, text]) => text,
    );
    expect(headings).toEqual([rule.alert, "What it means", "What to look at", "What to do", "When it resolves"]);
  });

  it("lead to the address that docs/prometheus.md says how to write into the file", async () => {
    const [, script = ""] = /^sed -i ('s#.*') alerts\.yml$/m.exec(read(DOCS, "prometheus.md")) ?? [];
    const { code, stdout } = await finish("sh", ["-c", `sed ${script} "$0"`, join(EXAMPLES, "alerts.yml")]);
    expect(code).toBe(0);
    const urls = [...stdout.matchAll(/runbook_url: (.*)/g)].map(([, url]) => url);
    expect(urls).toEqual(rules.map(({ alert }) => `https://git.example.org/ops/runbooks/${alert}.md`));
  });

  it("have no runbook without an alert", () => {
    const runbooks = readdirSync(join(EXAMPLES, "runbooks"));
    expect(runbooks.toSorted()).toEqual(rules.map(({ alert }) => `${alert}.md`).toSorted());
  });
});

describe("a Prometheus with the configuration for one host", () => {
  // Through Alertmanager, it fires below.
  it("fires for a job that fails, and says which and since when", { tags: "full" }, async () => {
    await using folder = await TestFolder.make();
    const jobs = { "rules-good": "true", "rules-bad": "false" };
    const run = (command: string) => ({ schedule: OFTEN, image: "busybox", command });
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

describe("an Alertmanager", () => {
  it("receives the alert of a job that fails, with the address of its runbook, and hears when it succeeds again", async () => {
    await using folder = await TestFolder.make();
    const run = (command: string) => ({ "rules-mended": { schedule: OFTEN, image: "busybox", command } });
    await folder.writeSchedules(scheduleFile(run("false")));
    const args = ["--instance", "prom-told", "--sources", "files"];
    await using scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args });
    await scheduler.until("run-finished", { job: "rules-mended" });
    await using receiver = await startReceiver();
    await using alertmanager = await startAlertmanager(toReceiver(receiver.url));
    await cp(join(EXAMPLES, "alerts.yml"), join(folder.path, "alerts.yml"));
    const config = read(EXAMPLES, "prometheus-host.yml")
      .replaceAll(": 15s", ": 1s")
      .replace("127.0.0.1:8494", new URL(await scheduler.url("/")).host)
      .replace("# alerting:", "alerting:")
      .replace("alertmanager:9093", new URL(alertmanager.url).host);
    await using _prometheus = await startPrometheus({ config, dir: folder.path });

    const isOurs = ({ labels }: { labels: Readonly<Record<string, string>> }) =>
      labels.alertname === "ShipbellJobFailed" && labels.job_name === "rules-mended";
    const active = await eventually("the alert", async () => (await alertmanager.alerts()).find(isOurs));
    expect(active.annotations.runbook_url).toBe("runbooks/ShipbellJobFailed.md");
    expect(active.status.state).toBe("active");
    await eventually("a message", async () =>
      receiver.told.find((alert) => alert.status === "firing" && isOurs(alert)),
    );

    await folder.writeSchedules(scheduleFile(run("true")));
    await eventually("its end", async () =>
      receiver.told.find((alert) => alert.status === "resolved" && isOurs(alert)),
    );
    await eventually("no alert", async () => ((await alertmanager.alerts()).some(isOurs) ? undefined : true));
  });
});

/** Without the patience that keeps people from being told twice. */
function toReceiver(url: string): string {
  const route = { receiver: "test", group_by: ["..."], group_wait: "0s", group_interval: "1s", repeat_interval: "1h" };
  return stringify({ route, receivers: [{ name: "test", webhook_configs: [{ url, send_resolved: true }] }] });
}

type Told = { readonly status: "firing" | "resolved"; readonly labels: Readonly<Record<string, string>> };

/** A webhook that notes each alert of each message. */
async function startReceiver() {
  const told: Told[] = [];
  const server = createServer((request, response) => {
    void json(request).then((message) => {
      told.push(...(message as { alerts: Told[] }).alerts);
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, told, [Symbol.asyncDispose]: close };
}

describe("the mixin", () => {
  const importing = `(import '${join(EXAMPLES, "mixin/mixin.libsonnet")}')`;
  const evaluate = async (expression: string) => {
    await needCommands(["jsonnet"]);
    const { code, stdout, stderr } = await finish("jsonnet", ["-e", expression]);
    expect(code, stderr).toBe(0);
    return stdout;
  };

  it("has the alerts of the file, word for word, and Prometheus takes them", async () => {
    const text = await evaluate(`${importing}.prometheusAlerts`);
    expect(JSON.parse(text)).toEqual({ groups });
    await using folder = await TestFolder.make();
    await writeFile(join(folder.path, "alerts.json"), text);
    const { code, output } = await promtool(["check", "rules", join(folder.path, "alerts.json")]);
    expect(code, output).toBe(0);
    expect(output).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  it("has the boards of the files, byte for byte when the files are read by jsonnet as well", async () => {
    const boards = readdirSync(join(DOCS, "examples/grafana")).filter((name) => name.endsWith(".json"));
    const files = boards.map((name) => `'${name}': std.parseJson(importstr '${join(DOCS, "examples/grafana", name)}')`);
    const [ofMixin, ofFiles] = [await evaluate(`${importing}.grafanaDashboards`), await evaluate(`{${files.join()}}`)];
    expect(ofMixin).toBe(ofFiles);
    expect(Object.keys(JSON.parse(ofMixin))).toHaveLength(3);
  });

  it("lets the addresses of the runbooks be said", async () => {
    const changed = `(${importing} { _config+:: { runbookUrl: 'https://git.example.org/runbooks' } }).prometheusAlerts`;
    const text = await evaluate(changed);
    expect(text).toContain('"https://git.example.org/runbooks/ShipbellDown.md"');
    expect(text).not.toContain('"runbooks/');
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

/** At each moment that the test looks at, in order, whether the alert is firing. */
function firingIn({ promql_expr_test: looks }: UnitTest, alert: string): readonly boolean[] {
  return looks
    .filter(({ expr }) => expr.startsWith("count by (alertname"))
    .map(({ exp_samples: samples }) => samples.some(({ labels }) => labels.includes(`alertname="${alert}"`)));
}

function isResolved(firing: readonly boolean[]): boolean {
  return firing.some((isFiring, index) => !isFiring && firing[index - 1] === true);
}

/** The names of metrics in a text, without what a histogram or a summary adds. A service's name is none. */
function metricsIn(text: string): Set<string> {
  const names = [...text.matchAll(/\bshipbell_[a-z_]+[a-z]/g)].map(([name]) => name);
  return new Set(
    names.map((name) => name.replace(/_(bucket|sum|count)$/, "")).filter((name) => !/_scheduler$/.test(name)),
  );
}
