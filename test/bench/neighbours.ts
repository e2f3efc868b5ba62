import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EngineClient } from "../lab/engine-client.ts";
import { startSocketProxy } from "../lab/haproxy.ts";
import { startEngineProxy } from "../lab/proxy.ts";
import { removeAll, startedAt } from "./containers.ts";
import { atMost, type Figure } from "./figure.ts";
import { type Company, type Neighbour, nothing, plan, type Street } from "./neighbours/neighbours.ts";
import { startStallingRegistry } from "./neighbours/stalling-registry.ts";
import { cpuMs } from "./process-usage.ts";
import type { Program } from "./program.ts";
import { type Logged, Scheduler, schedulesIn } from "./scheduler.ts";
import { nextSecond, untilTime } from "./seconds.ts";
import { median, quantile } from "./statistics.ts";

const HEALTHY = 8;
/** Each healthy job is due once in it. */
const ROUND_MS = 10_000;
/** Of each stretch. */
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
 * them, stretch by stretch, each kind of trouble and what it is judged against (`plan`). The scheduler speaks to the
 * engine through the socket proxy that we ship.
 */
export async function measureNeighbours(engine: EngineClient, program: Program, folder: string): Promise<Figure[]> {
  await using proxy = await startEngineProxy(engine.socketPath);
  await using socketProxy = await startSocketProxy(SHIPPED_PROXY, proxy.socketPath);
  await using registry = await startStallingRegistry();
  await writeFile(schedulesIn(folder), scheduleFile(nothing, {}));
  const { dockerHost } = socketProxy;
  await using scheduler = new Scheduler({ program, dockerHost, folder, instance: "bench-neighbours" });
  const street: Street = { engine, proxy, scheduler, stalledImage: registry.image };
  await scheduler.take("jobs-changed", 1);
  const stretches: Stretch[] = [];
  for (const company of plan) stretches.push(await walk(company, street, folder));
  await scheduler.stop();
  await removeAll(engine);
  return report(stretches);
}

/** The healthy jobs for some rounds, next to this. */
async function walk(company: Company, street: Street, folder: string): Promise<Stretch> {
  const { scheduler } = street;
  process.stderr.write(`  next to ${company.name} …\n`);
  const before = scheduler.logged;
  const end = await company.begin?.(street);
  try {
    await writeFile(schedulesIn(folder), scheduleFile(company, company.jobs?.(street) ?? {}));
    await untilTime(new Date(Date.now() + SETTLED_MS));
    const spent = await cpuMs(scheduler.pid);
    const begun = performance.now();
    const delays = await delaysOfHealthy(street);
    const cpu = ((await cpuMs(scheduler.pid)) - spent) / (performance.now() - begun);
    const told = !isTrouble(company) || (await isTold(company, scheduler));
    return { company, delays, cpu, told, log: scheduler.log.slice(before) };
  } finally {
    // What comes next writes its own; by then this one's jobs must not begin once more.
    await writeFile(schedulesIn(folder), scheduleFile(nothing, {}));
    await end?.();
  }
}

/** What came of one stretch. */
interface Stretch {
  readonly company: Company | Neighbour;
  /** Of the healthy jobs' starts. */
  readonly delays: readonly number[];
  /** What the scheduler used meanwhile, as a part of one processor. */
  readonly cpu: number;
  readonly told: boolean;
  readonly log: readonly Logged[];
}

function isTrouble(company: Company | Neighbour): company is Neighbour {
  return "told" in company;
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

function scheduleFile({ networks = {} }: Company, jobs: object): string {
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

async function isTold({ name, told }: Neighbour, scheduler: Scheduler): Promise<boolean> {
  const text =
    "job" in told
      ? await scheduler.command("explain", told.job)
      : scheduler.log.map(({ event, at, detail }) => (event === "problem" ? `${at}: ${detail}\n` : "")).join("");
  const isSaid = ("job" in told ? told.says : told.problem).test(text);
  if (!isSaid) process.stderr.write(`  ${name} is not told:\n${text}\n`);
  return isSaid;
}

function report(stretches: readonly Stretch[]): Figure[] {
  const troubles = [...new Set(stretches.map(({ company }) => company).filter(isTrouble))];
  const sides = troubles.map((trouble) => sidesOf(trouble, stretches));
  const all = evenly(sides.map(({ own }) => delaysIn(own)));
  const judgedBy = evenly(sides.map(({ near }) => delaysIn(near)));
  const alone = delaysNextTo(nothing, stretches);
  const flooded = references(troubles).flatMap((reference) => weigh(reference, stretches));
  return [
    ...ratios("healthy jobs next to any trouble, against what each is judged by", all, judgedBy),
    { name: "  against", measured: describe(judgedBy, countIn(sides.map(({ near }) => near))) },
    { name: "  next to it", measured: describe(all, countIn(sides.map(({ own }) => own))) },
    ...troubles.flatMap((trouble) => compare(trouble, stretches)),
    ...whatWasLogged(stretches.map(({ log }) => log)),
    { name: "without any trouble", measured: describe(alone) },
    ...flooded,
    { name: "next to any trouble, against none", measured: bothRatios(all, alone) },
  ];
}

/** How many starts there are in these stretches, each counted once. */
function countIn(parts: readonly (readonly Stretch[])[]): number {
  return delaysIn([...new Set(parts.flat())]).length;
}

/** The stretches next to it, and those that they are judged by. */
function sidesOf(trouble: Neighbour, stretches: readonly Stretch[]) {
  const own = stretches.filter(({ company }) => company === trouble);
  return { own, near: stretchesNear(own, trouble.against ?? nothing, stretches) };
}

function delaysNextTo(company: Company, stretches: readonly Stretch[]): number[] {
  return delaysIn(stretches.filter((stretch) => stretch.company === company));
}

function delaysIn(stretches: readonly Stretch[]): number[] {
  return stretches.flatMap(({ delays }) => delays);
}

/** All values, each as often as makes every part weigh the same: one of many values counts no more than one of few. */
function evenly(parts: readonly (readonly number[])[]): number[] {
  const common = parts.reduce((multiple, { length }) => leastCommonMultiple(multiple, length), 1);
  return parts.flatMap((part) => Array.from({ length: common / part.length }, () => part).flat());
}

function leastCommonMultiple(a: number, b: number): number {
  return (a * b) / greatestCommonDivisor(a, b);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function compare(trouble: Neighbour, stretches: readonly Stretch[]): Figure[] {
  const { name, against } = trouble;
  const { own, near } = sidesOf(trouble, stretches);
  const isSaid = own.every(({ told }) => told);
  const title = against === undefined ? `next to ${name}` : `next to ${name}, against ${against.name}`;
  return [
    ...ratios(title, delaysIn(own), delaysIn(near)),
    ...(against === undefined ? [] : bothSides(own, near)),
    { name: "  it is explained", measured: isSaid ? "yes" : "no", goal: { text: "yes", isMet: isSaid } },
  ];
}

function bothSides(own: readonly Stretch[], near: readonly Stretch[]): Figure[] {
  const side = (part: readonly Stretch[]) => `${describe(delaysIn(part))}; scheduler ${processor(part)}`;
  return [
    { name: "  against", measured: side(near) },
    { name: "  next to it", measured: side(own) },
  ];
}

/** Of each of these stretches the last before it and the first after it with that company: the machine is as it was then. */
function stretchesNear(own: readonly Stretch[], company: Company, stretches: readonly Stretch[]): Stretch[] {
  const isReference = (stretch: Stretch) => stretch.company === company;
  const near = own.flatMap((stretch) => {
    const place = stretches.indexOf(stretch);
    return [stretches.slice(0, place).findLast(isReference), stretches.slice(place).find(isReference)];
  });
  return [...new Set(near.filter((stretch) => stretch !== undefined))];
}

function references(troubles: readonly Neighbour[]): Company[] {
  return [...new Set(troubles.map(({ against }) => against).filter((against) => against !== undefined))];
}

/** How much of it is none of shipbell's: there is no goal for that. */
function weigh(reference: Company, stretches: readonly Stretch[]): Figure[] {
  const own = stretches.filter(({ company }) => company === reference);
  const near = stretchesNear(own, nothing, stretches);
  return [{ name: `next to ${reference.name}, against none`, measured: bothRatios(delaysIn(own), delaysIn(near)) }];
}

/** Explains others, and has no goal. */
function bothRatios(delays: readonly number[], reference: readonly number[]): string {
  const of = (part: number) => (quantile(delays, part) / quantile(reference, part)).toFixed(3);
  return `ratio of medians ${of(0.5)}, of 99th percentiles ${of(0.99)}`;
}

function processor(stretches: readonly Stretch[]): string {
  return `${((100 * stretches.reduce((sum, { cpu }) => sum + cpu, 0)) / stretches.length).toFixed(1)} % of a processor`;
}

function ratios(name: string, delays: readonly number[], reference: readonly number[]): Figure[] {
  const of = (part: number) => quantile(delays, part) / quantile(reference, part);
  return [
    atMost(`${name}: ratio of medians`, of(0.5), { most: MOST_MEDIAN, digits: 3 }),
    atMost("  ratio of 99th percentiles", of(0.99), { most: MOST_P99, digits: 3 }),
  ];
}

function describe(delays: readonly number[], count = delays.length): string {
  const [half, most] = [median(delays), quantile(delays, 0.99)];
  return `median ${half.toFixed(0)} ms, p99 ${most.toFixed(0)} ms, n = ${count}`;
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
