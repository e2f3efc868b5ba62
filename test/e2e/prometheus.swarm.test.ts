// @module-tag full
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { ensureImages } from "../lab/images.ts";
import { findCommand, needCommands } from "../lab/machine/packages.ts";
import { openSwarm, type SwarmHost } from "../lab/swarm.ts";
import { boardQueries, fillIn, isOfProcess } from "./board-queries.ts";
import { eventually } from "./eventually.ts";
import { ShipbellStack } from "./stack.ts";

const EXAMPLES = join(import.meta.dirname, "../../docs/examples/prometheus");
const TICK_SECONDS = 2;
const ticks = 'shipbell_runs_total{job_name="tick",outcome="succeeded",trigger="schedule"}';
const failedAlert = 'alertname="ShipbellJobFailed",job_name="broken"';

const schedules = `
jobs:
  tick: { schedule: "*/${TICK_SECONDS} * * * * *", image: busybox, command: "true" }
  broken: { schedule: "*/10 * * * * *", image: busybox, command: sh -c "exit 3" }
`;

const swarm = openSwarm(inject("swarm"));
let shipbell: ShipbellStack;
beforeAll(async () => {
  await needCommands(["prometheus"]);
  shipbell = await ShipbellStack.deploy(swarm, schedules);
});
afterAll(async () => {
  await swarm.whole();
  await shipbell?.[Symbol.asyncDispose]();
});

/** How it finds the scheduler, and what it calls it. */
const ways = [
  { config: "prometheus-swarm.yml", instance: "shipbell_scheduler.1" },
  { config: "prometheus-swarm-dns.yml", instance: "shipbell" },
];

describe("a Prometheus on the network of the stack", () => {
  it("asks the Swarm, or Docker's DNS, for the scheduler, and its series go on when that moves to another manager", async () => {
    const { host: before } = await shipbell.place();
    const place = await anotherManager(before);
    await using stack = new AsyncDisposableStack();
    const watches = await Promise.all(
      ways.map(async ({ config, instance }) => {
        const prometheus = stack.use(await SwarmPrometheus.start(place, config));
        return { prometheus, instance, startedAt: await expectItIsSeen(prometheus, instance) };
      }),
    );
    await before.drain();
    await Promise.all(watches.map((watch) => expectItGoesOn(watch)));
    expect((await shipbell.place()).host.name).not.toBe(before.name);
    await swarm.whole();
  });
});

describe("a Prometheus that scrapes two schedulers of one Swarm", () => {
  it("answers every query of the boards, and counts nothing twice", async () => {
    const manager = await swarm.leader();
    await using stack = new AsyncDisposableStack();
    const { host } = await shipbell.place();
    const prometheus = stack.use(await SwarmPrometheus.start(host, "prometheus-swarm.yml"));
    stack.defer(async () => void (await manager.docker("service", "scale", "--detach", "shipbell_scheduler=1")));
    await manager.docker("service", "scale", "--detach", "shipbell_scheduler=2");
    await prometheus.first("both of them", 'count(shipbell_job_info{job_name="tick"}) == 2');

    const now = new Date();
    const shown = { job: "tick", from: new Date(now.getTime() - 3_600_000), to: now, scrapeSeconds: 1 };
    for (const query of boardQueries) {
      const series = (await prometheus.query(fillIn(query.expr, shown))).map(({ metric }) => metric);
      const named = isOfProcess(query) ? [] : series.filter((metric) => "instance" in metric);
      expect(named, query.expr).toEqual([]);
      expect(new Set(series.map((metric) => JSON.stringify(metric))).size, query.expr).toBe(series.length);
    }
    const numberOf = async (panel: string) => {
      const { expr = "" } = boardQueries.find((query) => query.panel === panel && query.instant) ?? {};
      return Number((await prometheus.query(fillIn(expr, shown)))[0]?.value[0]?.[1]);
    };
    expect(await numberOf("Schedulers")).toBe(2);
    expect(await numberOf("Jobs")).toBe(2);
    expect(await numberOf("Failing")).toBe(1);
  });
});

/** Answers with when the scheduler was started. */
async function expectItIsSeen(prometheus: SwarmPrometheus, instance: string): Promise<string> {
  const first = await prometheus.first("a tick", ticks);
  expect(first.metric).toMatchObject({ job: "shipbell", instance, job_name: "tick" });
  expect(await prometheus.query('up{job="shipbell"}')).toHaveLength(1);
  await prometheus.first("the alert of the failing job", `ALERTS{${failedAlert},alertstate="firing"}`);
  const started = await prometheus.first("a start", "process_start_time_seconds");
  return started.value[0]?.[1] ?? "";
}

interface Watch {
  readonly prometheus: SwarmPrometheus;
  readonly instance: string;
  readonly startedAt: string;
}

async function expectItGoesOn({ prometheus, instance, startedAt }: Watch): Promise<void> {
  const another = `process_start_time_seconds > ${startedAt}`;
  await prometheus.first("the scheduler on another manager", another);
  const [last] = await prometheus.query(ticks);
  await prometheus.first("further ticks", `${ticks} > ${Number(last?.value[0]?.[1]) + 2}`);

  const whole = await prometheus.query(`${ticks}[10m]`);
  expect(whole.map(({ metric }) => metric.instance)).toEqual([instance]);
  expect(unlikelySteps(whole[0]?.value ?? [])).toEqual([]);
  // It has been firing all the time: there is one moment since when it is.
  const since = await prometheus.query(`ALERTS_FOR_STATE{${failedAlert}}[10m]`);
  expect(new Set(since.flatMap(({ value }) => value.map(([, at]) => at))).size).toBe(1);
  const firing = await prometheus.query('ALERTS{alertstate="firing"}');
  expect(firing.map(({ metric }) => [metric.alertname, metric.job_name])).toEqual([["ShipbellJobFailed", "broken"]]);
}

/** Where a counter falls, or rises by more runs than were due meanwhile. */
function unlikelySteps(samples: readonly Value[]): readonly string[] {
  return samples.slice(1).flatMap(([at, text], index) => {
    const [atBefore, textBefore] = samples[index] as Value;
    const rise = Number(text) - Number(textBefore);
    const due = (at - atBefore) / TICK_SECONDS + 2;
    return rise < 0 || rise > due ? [`${textBefore} → ${text} in ${at - atBefore} s`] : [];
  });
}

/** A standalone container on a node that is drained loses its network, and so would Prometheus. */
async function anotherManager(than: SwarmHost): Promise<SwarmHost> {
  const manager = swarm.managers.find(({ name }) => name !== than.name);
  if (manager === undefined) throw new Error("this test needs two managers");
  return manager;
}

type Value = readonly [at: number, value: string];
type Series = { readonly metric: Record<string, string>; readonly value: readonly Value[] };

/** Debian's Prometheus in a container of the Swarm, as a user has it: with our configuration, and the engine's socket. */
class SwarmPrometheus implements AsyncDisposable {
  readonly #host: SwarmHost;
  readonly #container: string;
  readonly #url: string;

  private constructor(host: SwarmHost, container: string, url: string) {
    this.#host = host;
    this.#container = container;
    this.#url = url;
  }

  static async start(host: SwarmHost, config: string): Promise<SwarmPrometheus> {
    await ensureImages(host, ["debian:bookworm-slim"]);
    const folder = await mkdtemp(join(shipbell.folder.path, "prometheus-"));
    await cp(join(EXAMPLES, "alerts.yml"), join(folder, "alerts.yml"));
    // As it is in the examples, but for its patience.
    const text = (await readFile(join(EXAMPLES, config), "utf8")).replaceAll(": 15s", ": 1s");
    await writeFile(join(folder, "prometheus.yml"), text);
    const program = findCommand("prometheus") ?? "";
    const mounts = [`${program}:${program}:ro`, `${folder}:/etc/prometheus:ro`, `${SOCKET}:${SOCKET}`];
    const options = ["--network", "shipbell", "--publish", "9090", ...mounts.flatMap((mount) => ["--volume", mount])];
    const flags = ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/tmp/data"];
    const container = await host.docker("run", "--detach", ...options, "debian:bookworm-slim", program, ...flags);
    const port = (await host.docker("port", container, "9090")).split("\n")[0]?.split(":").at(-1);
    return new SwarmPrometheus(host, container, `http://${host.address}:${port}`);
  }

  /** The first series that the expression gives, as soon as it gives one. */
  async first(what: string, expression: string): Promise<Series> {
    const ask = async () => (await this.query(expression).catch(() => []))[0];
    return eventually(what, ask).catch(async (cause) => {
      throw new Error(`${what}: ${await this.#story()}`, { cause });
    });
  }

  /** What it gives now; of `series[10m]` all samples. */
  async query(expression: string): Promise<readonly Series[]> {
    const url = `${this.#url}/api/v1/query?query=${encodeURIComponent(expression)}`;
    const answer = (await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).json()) as QueryAnswer;
    if (answer.error !== undefined) throw new Error(`${expression}: ${answer.error}`);
    return answer.data.result.map(({ metric, value, values }) => ({ metric, value: values ?? (value ? [value] : []) }));
  }

  async #story(): Promise<string> {
    const targets = await fetch(`${this.#url}/api/v1/targets`).then((answer) => answer.text(), String);
    return `${targets}\n${await this.#host.docker("logs", "--tail", "20", this.#container)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host.docker("rm", "--force", "--volumes", this.#container);
  }
}

type QueryAnswer = {
  error?: string;
  data: { result: { metric: Record<string, string>; value?: Value; values?: Value[] }[] };
};

const SOCKET = "/var/run/docker.sock";
