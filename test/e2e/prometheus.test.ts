import { describe, expect, it } from "vitest";
import { runCommand } from "../lab/machine/run-command.ts";
import { promtool, startPrometheus } from "../lab/prometheus.ts";
import { pythonWith } from "../lab/python.ts";
import { testEngine } from "../lab/test-engine.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { eventually } from "./eventually.ts";
import { readRecord } from "./read-record.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { OFTEN, scheduleFile } from "./schedules.ts";

const OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5";
const run = (command: string) => ({ schedule: OFTEN, image: "busybox", command });

/** A scheduler of that instance, with its log awaited until each of the jobs has ended once. */
async function startScheduler(folder: TestFolder, instance: string): Promise<SchedulerProcess> {
  const args = ["--instance", instance, "--sources", "files"];
  return new SchedulerProcess({ dockerHost: testEngine(), folder, args });
}

async function scrape(scheduler: SchedulerProcess, accept: string) {
  const response = await fetch(await scheduler.url("/metrics"), { headers: { accept } });
  return { type: response.headers.get("content-type"), text: await response.text() };
}

/** The job's name of every series that has one. */
function jobsIn(text: string): Set<string> {
  return new Set([...text.matchAll(/job_name="([^"]*)"/g)].map(([, job]) => job ?? ""));
}

describe.concurrent("the metrics", () => {
  it("pass Prometheus' own check in both formats, with runs of every kind on them", async () => {
    await using folder = await TestFolder.make();
    const jobs = { "prom-good": run("true"), "prom-bad": run("false"), "prom-rejected": run("nope") };
    await folder.writeSchedules(scheduleFile({ ...jobs, "prom-long": run("sleep 30") }));
    await using scheduler = await startScheduler(folder, "prom-check");
    for (const job of Object.keys(jobs)) await scheduler.until("run-finished", { job });
    await scheduler.until("occurrence-skipped", { job: "prom-long" });

    const plain = await scrape(scheduler, "*/*");
    expect(plain.type).toMatch(/^text\/plain; version=0\.0\.4/);
    await expect(promtool(["check", "metrics"], plain.text)).resolves.toEqual({ code: 0, output: "" });
    expect(plain.text).toMatch(
      /^shipbell_runs_total\{job_name="prom-bad",outcome="failed",trigger="schedule"\} [1-9]/m,
    );
    expect(plain.text).toMatch(
      /^shipbell_runs_total\{job_name="prom-rejected",outcome="rejected",trigger="schedule"\} [1-9]/m,
    );
    expect(plain.text).toMatch(
      /^shipbell_occurrences_skipped_total\{job_name="prom-long",reason="still-running"\} [1-9]/m,
    );
    expect(plain.text).toMatch(/^shipbell_runs_active\{job_name="prom-long"\} 1$/m);

    const open = await scrape(scheduler, OPENMETRICS);
    expect(open.type).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(open.text).toMatch(/\n# EOF\n$/);
    expect(open.text).toMatch(/^# TYPE shipbell_runs counter$/m);
    expect(jobsIn(open.text)).toEqual(jobsIn(plain.text));
    // promtool reads the text format, in which a counter's `_total` stands elsewhere and nothing has exemplars.
    const plainLines = open.text.replace("# EOF\n", "").replaceAll(/ # \{run="[^"]+"\} \S+ \S+$/gm, "");
    const asText = plainLines.replaceAll(/^# (HELP|TYPE) (\S+)(.*)$/gm, nameOfCounter(open.text));
    await expect(promtool(["check", "metrics"], asText)).resolves.toEqual({ code: 0, output: "" });
  });

  it("tell a real Prometheus, which asks for OpenMetrics, when a job last succeeded", async () => {
    await using folder = await TestFolder.make();
    await folder.writeSchedules(scheduleFile({ "prom-backup": run("true") }));
    await using scheduler = await startScheduler(folder, "prom-scraped");
    const target = new URL(await scheduler.url("/")).host;
    await using prometheus = await startPrometheus({ config: scraping(target) });
    const expression = 'shipbell_job_last_success_timestamp_seconds{job_name="prom-backup"}';
    const sample = await eventually("the job's last success", async () => (await prometheus.query(expression))[0]);
    expect(sample.metric).toMatchObject({ job: "shipbell", job_name: "prom-backup" });
    const record = await readRecord(folder, "prom-backup");
    const ends = scheduler.all("run-finished").map(({ time }) => Date.parse(String(time)) / 1000);
    expect(Math.min(...ends.map((end) => Math.abs(end - sample.value)))).toBeLessThan(onThisMachine(2000) / 1000);
    expect(sample.value).toBeLessThanOrEqual(Number(record.totals.lastSuccessAt) / 1000);
    const later = async () => (await prometheus.query(`${expression} > ${sample.value}`))[0];
    await eventually("a later success", later);
    await eventually(
      "a rise of the counter",
      async () =>
        (
          await prometheus.query('increase(shipbell_runs_total{job_name="prom-backup",outcome="succeeded"}[1m]) > 0')
        )[0],
    );
  });

  it("have what a definition expects of its runs, and follow it when only that is changed", async () => {
    await using folder = await TestFolder.make();
    const expecting = (keys: object) => scheduleFile({ "prom-expects": { ...run("true"), ...keys } });
    await folder.writeSchedules(expecting({ timeout: "1h", expected_duration: "20m", alert_without_success: "26h" }));
    await using scheduler = await startScheduler(folder, "prom-expects");
    await scheduler.until("jobs-changed");
    const of = (metric: string) => scheduler.metric(`shipbell_job_${metric}_seconds{job_name="prom-expects"}`);
    expect([await of("timeout"), await of("expected_duration"), await of("max_success_age")]).toEqual([
      3600, 1200, 93_600,
    ]);
    await folder.writeSchedules(expecting({ timeout: "1h", expected_duration: "30m" }));
    await eventually("the new one", async () => ((await of("expected_duration")) === 1800 ? true : undefined));
    expect(await of("max_success_age")).toBeUndefined();
  });

  it("name the last run of each bucket to a Prometheus that keeps exemplars", async () => {
    await using folder = await TestFolder.make();
    await folder.writeSchedules(scheduleFile({ "prom-exemplar": run("true") }));
    await using scheduler = await startScheduler(folder, "prom-exemplars");
    const { run: first } = await scheduler.until("run-finished", { job: "prom-exemplar" });
    expect(first).toMatch(/^prom-exemplar-\d{8}t\d{6}z$/);
    const { text } = await scrape(scheduler, OPENMETRICS);
    expect(await exemplarsByPython(text)).toContain(first);
    const target = new URL(await scheduler.url("/")).host;
    const flags = ["--enable-feature=exemplar-storage"];
    await using prometheus = await startPrometheus({ config: scraping(target), flags });
    for (const metric of ["shipbell_run_duration_seconds_bucket", "shipbell_start_delay_seconds_bucket"]) {
      const runs = async () => (await exemplarsOf(prometheus.url, metric)).map(({ labels }) => labels.run ?? "");
      const found = await eventually("exemplars", async () => ((await runs()).length > 1 ? runs() : undefined));
      const ran = new Set(scheduler.all("run-started").map((event) => event.run));
      expect(found.filter((run) => !ran.has(run))).toEqual([]);
    }
  });

  it.for(["SIGTERM", "SIGKILL"] as const)(
    "go on from where they were after %s and a new start",
    async (signal, { expect }) => {
      await using folder = await TestFolder.make();
      const instance = `prom-${signal.toLowerCase()}`;
      const job = instance;
      const series = `shipbell_runs_total{job_name="${job}",outcome="succeeded",trigger="schedule"}`;
      const count = `shipbell_job_run_seconds_count{job_name="${job}"}`;
      await folder.writeSchedules(scheduleFile({ [job]: run("true") }));
      const before: number[] = [];
      {
        await using scheduler = await startScheduler(folder, instance);
        await eventually("three runs", async () => (((await scheduler.metric(series)) ?? 0) >= 3 ? true : undefined));
        before.push((await scheduler.metric(series)) ?? 0, (await scheduler.metric(count)) ?? 0);
        if (signal === "SIGTERM") expect(await scheduler.stop()).toBe(0);
        else await scheduler.kill();
      }
      // Far from due, so that what is seen first is what was there.
      await folder.writeSchedules(scheduleFile({ [job]: { ...run("true"), schedule: "0 0 1 1 *" } }));
      const ended = (await readRecord(folder, job)).totals.ended.succeeded?.schedule ?? 0;
      expect(ended).toBeGreaterThanOrEqual(before[0] ?? 0);
      await using scheduler = await startScheduler(folder, instance);
      await scheduler.until("jobs-changed");
      const after = [await scheduler.metric(series), await scheduler.metric(count)] as [number, number];
      expect(after[0]).toBeGreaterThanOrEqual(Math.max(ended, 3));
      expect(after[0] - ended).toBeLessThanOrEqual(1);
      expect(after[1]).toBe(after[0]);
      await folder.writeSchedules(scheduleFile({ [job]: run("true") }));
      await eventually("another run", async () =>
        ((await scheduler.metric(series)) ?? 0) > after[0] ? true : undefined,
      );
    },
  );

  it("lose a job's series, all of them, when the job is removed, and have them again as they were when it is back", async () => {
    await using folder = await TestFolder.make();
    const both = { "prom-stays": run("true"), "prom-goes": run("true") };
    await folder.writeSchedules(scheduleFile(both));
    await using scheduler = await startScheduler(folder, "prom-removed");
    for (const job of Object.keys(both)) await scheduler.until("run-finished", { job });
    expect(jobsIn((await scrape(scheduler, "*/*")).text)).toEqual(new Set(Object.keys(both)));
    await folder.writeSchedules(scheduleFile({ "prom-stays": run("true") }));
    await scheduler.until("jobs-changed", { jobs: 1 });
    expect(jobsIn((await scrape(scheduler, "*/*")).text)).toEqual(new Set(["prom-stays"]));
    const ended = (await readRecord(folder, "prom-goes")).totals.ended.succeeded?.schedule ?? 0;
    expect(ended).toBeGreaterThanOrEqual(1);
    const after = scheduler.log.length;
    await folder.writeSchedules(scheduleFile(both));
    await scheduler.until("jobs-changed", { jobs: 2 }, { after });
    const series = 'shipbell_runs_total{job_name="prom-goes",outcome="succeeded",trigger="schedule"}';
    expect(await scheduler.metric(series)).toBeGreaterThanOrEqual(ended);
  });
});

type Exemplar = { labels: { run?: string }; value: string; timestamp: number };

/** Reads OpenMetrics by the rules of the standard, and prints the runs that exemplars name. */
const READ_EXEMPLARS = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
samples = [sample for family in text_string_to_metric_families(sys.stdin.read()) for sample in family.samples]
print(json.dumps([sample.exemplar.labels["run"] for sample in samples if sample.exemplar]))
`;

/** The runs that are named by what a scheduler shows. Rejects where that breaks a rule of OpenMetrics. */
async function exemplarsByPython(text: string): Promise<readonly string[]> {
  const python = await pythonWith(["prometheus_client==0.26.0"]);
  return JSON.parse(await runCommand(python, ["-c", READ_EXEMPLARS], { input: text })) as readonly string[];
}

/** What Prometheus has kept of them. */
async function exemplarsOf(url: string, query: string): Promise<Exemplar[]> {
  const parameters = new URLSearchParams({ query, start: "0", end: "4102444800" });
  const answer = await fetch(`${url}/api/v1/query_exemplars?${parameters}`);
  const { data } = (await answer.json()) as { data: { exemplars: Exemplar[] }[] };
  return data.flatMap(({ exemplars }) => exemplars);
}

function scraping(target: string): string {
  return `
global: { scrape_interval: 500ms }
scrape_configs: [{ job_name: shipbell, static_configs: [{ targets: ["${target}"] }] }]
`;
}

/** A replacer that gives counters back the name that they have in the text format. */
function nameOfCounter(record: string) {
  const counters = new Set([...record.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name));
  return (_line: string, word: string, name: string, rest: string) =>
    `# ${word} ${counters.has(name) ? `${name}_total` : name}${rest}`;
}
