import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { engineFiles } from "./engine-files.ts";
import { folderOf, type LabRecord, shortId, writeRecord } from "./lab-folder.ts";
import { launch, untilAnswering } from "./machine/launch.ts";
import { withLock } from "./machine/lock.ts";
import { thisProcess } from "./machine/owner.ts";
import { needCommands } from "./machine/packages.ts";
import { finish } from "./machine/run-command.ts";
import { takeDown, takeDownLeftovers } from "./take-down.ts";

export type PrometheusOptions = {
  /** The text of prometheus.yml. */
  config: string;
  /** Where it is written to, and where the files that it names (rules, targets) lie. The lab's own folder by default. */
  dir?: string;
  /** What it knows from the start: the text of OpenMetrics, with times. */
  past?: string;
  /** Further flags, e.g. `--enable-feature=exemplar-storage`. */
  flags?: readonly string[];
  /** Its address, 127.0.0.1 by default. At the gateway of a Swarm, hosts and containers reach it. */
  listenOn?: string;
};

export type LabPrometheus = Awaited<ReturnType<typeof startPrometheus>>;

/** One series of an instant vector. */
export type Sample = { metric: Record<string, string>; value: number };

/**
 * Starts a Prometheus of this process on a free port, with data of its own, and waits until it is ready.
 * Rejects with the end of its log when it does not start, e.g. because of its configuration.
 */
export async function startPrometheus(options: PrometheusOptions) {
  await needCommands(["prometheus"]);
  const record = await withLock("up", prepare);
  const down = () => withLock("up", () => takeDown(record));
  try {
    const url = await run(record, options);
    return { url, query: (expression: string) => query(url, expression), takeDown: down, [Symbol.asyncDispose]: down };
  } catch (error) {
    await down();
    throw error;
  }
}

/** Runs promtool, e.g. `promtool(["check", "metrics"], text)`; every exit code is an answer. */
export async function promtool(
  args: readonly string[],
  input?: string,
): Promise<{ code: number | null; output: string }> {
  await needCommands(["promtool"]);
  const { code, stdout, stderr } = await finish("promtool", args, input === undefined ? {} : { input });
  return { code, output: stdout + stderr };
}

async function prepare(): Promise<LabRecord> {
  await takeDownLeftovers();
  const record: LabRecord = {
    id: shortId(),
    name: `prometheus-${shortId()}`,
    kind: "prometheus",
    owner: thisProcess(),
  };
  await writeRecord(record);
  return record;
}

async function run(record: LabRecord, options: PrometheusOptions): Promise<string> {
  const { config, dir = folderOf(record.name), listenOn = "127.0.0.1", past, flags = [] } = options;
  const { folder, mark } = engineFiles(record);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "prometheus.yml"), config);
  const log = join(folder, "prometheus.log");
  if (past !== undefined) await writePast(past, folder);
  const args = [
    ...["--config.file", join(dir, "prometheus.yml"), "--storage.tsdb.path", join(folder, "data")],
    ...["--web.listen-address", `${listenOn}:0`, "--web.enable-lifecycle"],
    ...flags,
  ];
  const server = launch({ command: "prometheus", args, folder, mark, log });
  await untilAnswering(server, log, async () => isReady(await addressIn(log)));
  return `http://${await addressIn(log)}`;
}

async function writePast(past: string, folder: string): Promise<void> {
  const file = join(folder, "past.txt");
  await writeFile(file, past);
  const { code, output } = await promtool(["tsdb", "create-blocks-from", "openmetrics", file, join(folder, "data")]);
  if (code !== 0) throw new Error(`Prometheus cannot read the past that it is to have: ${output}`);
}

/** The port is chosen by the kernel and said in the log only. */
async function addressIn(log: string): Promise<string | undefined> {
  return /msg="Listening on" address=(\S+)/.exec(await readFile(log, "utf8"))?.[1];
}

async function isReady(address: string | undefined): Promise<boolean> {
  if (address === undefined) return false;
  const answer = await fetch(`http://${address}/-/ready`, { signal: AbortSignal.timeout(2_000) }).catch(
    () => undefined,
  );
  await answer?.body?.cancel();
  return answer?.ok ?? false;
}

type QueryAnswer = { error?: string; data: { result: { metric: Record<string, string>; value: [number, string] }[] } };

/** What an expression gives now. Rejects with Prometheus's own words when it cannot be read. */
async function query(url: string, expression: string): Promise<Sample[]> {
  const address = `${url}/api/v1/query?query=${encodeURIComponent(expression)}`;
  const answer = (await (await fetch(address, { signal: AbortSignal.timeout(10_000) })).json()) as QueryAnswer;
  if (answer.error) throw new Error(`${expression}: ${answer.error}`);
  return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}
