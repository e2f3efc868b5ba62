import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EngineClient } from "../lab/engine-client.ts";
import { startSocketProxy } from "../lab/haproxy.ts";
import { startEngineProxy } from "../lab/proxy.ts";
import { removeAll, startedAt } from "./containers.ts";
import { atMost, type Figure } from "./figure.ts";
import { type Neighbour, neighbours, type Street, together } from "./neighbours/neighbours.ts";
import { startStallingRegistry } from "./neighbours/stalling-registry.ts";
import type { Program } from "./program.ts";
import { type Logged, Scheduler, schedulesIn } from "./scheduler.ts";
import { nextSecond, untilTime } from "./seconds.ts";
import { median, quantile } from "./statistics.ts";

const HEALTHY = 8;
/** Each healthy job is due once in it. */
const ROUND_MS = 10_000;
/** Of each stretch, with a neighbour or without. */
const ROUNDS = 3;
/** A changed file is read within two seconds, a changed label sooner; and what is new takes its first steps. */
const SETTLED_MS = 6_000;
/** How long late starts are waited for. */
const LONGEST_MS = 60_000;
const MOST_MEDIAN = 1.1;
const MOST_P99 = 1.5;
const SHIPPED_PROXY = join(import.meta.dirname, "../../docs/examples/socket-proxy/haproxy-container.cfg");

/**
 * Promise 4: one broken thing harms nothing else. Eight healthy jobs, each due every ten seconds, one a second; next to
 * them each kind of trouble for half a minute, one after the other and at last all together, and half a minute without any before,
 * between and after. The scheduler speaks to the engine through the socket proxy that we ship.
 */
export async function measureNeighbours(engine: EngineClient, program: Program, folder: string): Promise<Figure[]> {
  await using proxy = await startEngineProxy(engine.socketPath);
  await using socketProxy = await startSocketProxy(SHIPPED_PROXY, proxy.socketPath);
  await using registry = await startStallingRegistry();
  await writeFile(schedulesIn(folder), scheduleFile({}, {}));
  const { dockerHost } = socketProxy;
  await using scheduler = new Scheduler({ program, dockerHost, folder, instance: "bench-neighbours" });
  const street: Street = { engine, proxy, scheduler, stalledImage: registry.image };
  await scheduler.take("jobs-changed", 1);
  const quiet: number[] = [];
  const figures: Figure[] = [];
  const withTrouble: Stretch[] = [];
  quiet.push(...(await delaysOfHealthy(street)));
  for (const [index, neighbour] of [...neighbours, together(neighbours)].entries()) {
    process.stderr.write(`  ${neighbour.name} …\n`);
    const before = scheduler.logged;
    await using stay = await moveIn(neighbour, street, folder);
    const delays = await delaysOfHealthy(street);
    const told = await isTold(neighbour, scheduler);
    await stay.leave();
    withTrouble.push({ neighbour, delays, told, log: scheduler.log.slice(before) });
    if (index % 3 === 2) quiet.push(...(await delaysOfHealthy(street)));
  }
  quiet.push(...(await delaysOfHealthy(street)));
  for (const { neighbour, delays, told } of withTrouble) figures.push(...compare(neighbour, delays, quiet, told));
  figures.push(...whatWasLogged(withTrouble.map(({ log }) => log)));
  await scheduler.stop();
  await removeAll(engine);
  const all = withTrouble.flatMap(({ delays }) => delays);
  return [
    ...ratios("healthy jobs next to any trouble, against none", all, quiet),
    { name: "  without any", measured: describe(quiet) },
    { name: "  next to any", measured: describe(all) },
    ...figures,
  ];
}

/** What came of one neighbour. */
interface Stretch {
  readonly neighbour: Neighbour;
  /** Of the healthy jobs' starts. */
  readonly delays: readonly number[];
  readonly told: boolean;
  readonly log: readonly Logged[];
}

/** How late each start of the next rounds was: from due to its process running, by the engine's account. */
async function delaysOfHealthy({ engine, scheduler }: Street): Promise<number[]> {
  const from = nextSecond(0, (second) => second % 10 === 0);
  const until = from.getTime() + ROUNDS * ROUND_MS - 500;
  const delays: Promise<number>[] = [];
  const stop = scheduler.listen(({ event, job, scheduledAt = "", containerId = "" }) => {
    const due = Date.parse(scheduledAt);
    if (event !== "run-started" || !job?.startsWith("healthy-") || due < from.getTime() || due > until) return;
    delays.push(startedAt(engine, containerId).then((started) => started - due));
  });
  // The starts of the last second are still on their way then.
  await untilTime(new Date(until + 500));
  const expected = HEALTHY * ROUNDS;
  for (let waited = 0; delays.length < expected && waited < LONGEST_MS; waited += 1000)
    await untilTime(nextSecond(1000));
  stop();
  // A start that never came is as late as could be seen.
  const missing = Array.from({ length: expected - delays.length }, () => LONGEST_MS);
  return [...(await Promise.all(delays)), ...missing];
}

function scheduleFile(jobs: object, networks: object): string {
  const healthy = (second: number) => ({
    schedule: `${second}-59/10 * * * * *`,
    image: "busybox",
    network_mode: "none",
    command: "true",
    history: { succeeded: 20 },
  });
  const names = Array.from({ length: HEALTHY }, (_, second) => [`healthy-${second}`, healthy(second)]);
  return JSON.stringify({ jobs: { ...Object.fromEntries(names), ...jobs }, networks });
}

/** Resolves when it has been there for some time. */
async function moveIn(neighbour: Neighbour, street: Street, folder: string) {
  const end = await neighbour.begin?.(street);
  const jobs = neighbour.jobs?.(street) ?? {};
  await writeFile(schedulesIn(folder), scheduleFile(jobs, neighbour.networks ?? {}));
  await untilTime(new Date(Date.now() + SETTLED_MS));
  let isGone = false;
  const leave = async () => {
    if (isGone) return;
    isGone = true;
    await end?.();
    await writeFile(schedulesIn(folder), scheduleFile({}, {}));
    await untilTime(new Date(Date.now() + SETTLED_MS));
  };
  return { leave, [Symbol.asyncDispose]: leave };
}

async function isTold({ name, told }: Neighbour, scheduler: Scheduler): Promise<boolean> {
  const text =
    "job" in told
      ? await scheduler.command("explain", told.job)
      : scheduler.log.map(({ event, at, detail }) => (event === "problem" ? `${at}: ${detail}\n` : "")).join("");
  const isSaid = ("job" in told ? told.says : told.problem).test(text);
  if (!isSaid) process.stderr.write(`  ${name} is not told:\n${text}\n`);
  return isSaid;
}

function compare(neighbour: Neighbour, delays: readonly number[], quiet: readonly number[], told: boolean): Figure[] {
  return [
    ...ratios(`next to ${neighbour.name}`, delays, quiet),
    { name: "  it is explained", measured: told ? "yes" : "no", goal: { text: "yes", isMet: told } },
  ];
}

function ratios(name: string, delays: readonly number[], quiet: readonly number[]): Figure[] {
  const of = (part: number) => quantile(delays, part) / quantile(quiet, part);
  return [
    atMost(`${name}: ratio of medians`, of(0.5), { most: MOST_MEDIAN, digits: 3 }),
    atMost("  ratio of 99th percentiles", of(0.99), { most: MOST_P99, digits: 3 }),
  ];
}

function describe(delays: readonly number[]): string {
  const [half, most] = [median(delays), quantile(delays, 0.99)];
  return `median ${half.toFixed(0)} ms, p99 ${most.toFixed(0)} ms, n = ${delays.length}`;
}

function whatWasLogged(logs: readonly (readonly Logged[])[]): Figure[] {
  const down = logs.flat().filter(({ event }) => event === "engine-down").length;
  return [
    atMost("engine-down in the log", down, { most: 0, digits: 0 }),
    atMost("pass-failed for one cause of one job", Math.max(...logs.map(mostOfOneFailure)), { most: 1, digits: 0 }),
  ];
}

function mostOfOneFailure(log: readonly Logged[]): number {
  const failures = log.filter(({ event }) => event === "pass-failed").map(({ job, cause }) => `${job}: ${cause}`);
  return Math.max(0, ...failures.map((each) => failures.filter((other) => other === each).length));
}
