import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { EngineClient } from "../lab/engine-client.ts";
import { Receiver } from "../notify/receiver.ts";
import { removeAll, startedAt } from "./containers.ts";
import { atMost, type Figure } from "./figure.ts";
import { cpuMs, residentMb } from "./process-usage.ts";
import type { Program } from "./program.ts";
import { Scheduler, schedulesIn } from "./scheduler.ts";
import { nextSecond } from "./seconds.ts";
import { median, spread } from "./statistics.ts";

const PAIRS = 30;
const WARM_UP = 3;
const MOST = 1.05;
/** Jobs that fail and are told of, all the time. */
const FAILING = 4;
const MOST_MB = 3;
const QUIET_MS = 10_000;
const NEXT_TO_NONE_MS = 10;

/**
 * What telling others costs: of two schedulers with the same jobs, one has a channel that hangs, and the other one none. They
 * start their job in turns, so that whatever changes on the machine changes for both.
 */
export async function measureNotices(engine: EngineClient, program: Program, folder: string): Promise<Figure[]> {
  await using hanging = await Receiver.listen(() => {});
  await using taking = await Receiver.listen((_, response) => response.end());
  const place = { engine, program, folder };
  return [...(await measureDelay(place, hanging)), ...(await measureMemory(place, taking))];
}

interface Place {
  readonly engine: EngineClient;
  readonly program: Program;
  readonly folder: string;
}

async function measureDelay(place: Place, receiver: Receiver): Promise<Figure[]> {
  const { engine } = place;
  await using told = await open(place, { name: "hangs", url: receiver.url, second: 0 });
  await using untold = await open(place, { name: "untold", second: 1 });
  const delays: { with: number; without: number }[] = [];
  for (let pair = 0; pair < WARM_UP + PAIRS; pair++)
    delays.push({ with: await delayOf(engine, told, 0), without: await delayOf(engine, untold, 1) });
  await Promise.all([told.stop(), untold.stop()]);
  await removeAll(engine);
  const [hung, usual] = (["with", "without"] as const).map((key) => delays.slice(WARM_UP).map((delay) => delay[key]));
  const ratio = median(hung ?? []) / median(usual ?? []);
  return [
    atMost("due to running with a channel that hangs, against without: ratio of medians", ratio, {
      most: MOST,
      digits: 3,
      details: `${receiver.received.length} requests hung`,
    }),
    { name: "  with", measured: spread(hung ?? []) },
    { name: "  without", measured: spread(usual ?? []) },
  ];
}

async function measureMemory(place: Place, receiver: Receiver): Promise<Figure[]> {
  await using told = await open(place, { name: "takes", url: receiver.url, second: 0 });
  await using untold = await open(place, { name: "quiet", second: 1 });
  while (receiver.received.length < FAILING) await pause(500);
  await Promise.all([told, untold].map((scheduler) => scheduler.take("run-finished", 60)));
  for (const scheduler of [told, untold]) await quiet(scheduler);
  const [more, usual] = [await residentMb(told.pid), await residentMb(untold.pid)];
  return [
    atMost("resident memory with a webhook: more than without", more - usual, {
      most: MOST_MB,
      unit: " MB",
      digits: 1,
      details: `${more.toFixed(0)} MB, ${usual.toFixed(0)} MB`,
    }),
  ];
}

interface Candidate {
  readonly name: string;
  /** Absent: nobody is told. */
  readonly url?: string;
  /** Its job is due in even (0) or odd (1) seconds. */
  readonly second: number;
}

async function open({ engine, program, folder }: Place, { name, url, second }: Candidate): Promise<Scheduler> {
  const own = join(folder, name);
  await mkdir(own);
  const channels = join(own, "channels.yml");
  await writeFile(channels, JSON.stringify({ channels: url === undefined ? {} : { hook: { kind: "webhook", url } } }));
  const notify = url === undefined ? {} : { notify: [{ to: "hook", after: 1 }] };
  const job = (command: string, schedule: string) => ({ image: "busybox", command: ["sh", "-c", command], schedule });
  const failing = Array.from({ length: FAILING }, (_, index) => [
    `fails-${index}`,
    // It fails, and in the next minute it does not: each time there is something to tell.
    {
      ...job("test $$(( $$(date +%s) / 20 % 2 )) = 0", `${10 * (index % 2) + 5},${10 * (index % 2) + 35} * * * * *`),
      ...notify,
    },
  ]);
  const jobs = { delay: job("true", `${second}/2 * * * * *`), ...Object.fromEntries(failing) };
  await writeFile(schedulesIn(own), JSON.stringify({ jobs }));
  const flags = url === undefined ? [] : ["--channels", channels];
  const scheduler = new Scheduler({
    program,
    dockerHost: engine.dockerHost,
    folder: own,
    instance: `bench-${name}`,
    flags,
  });
  await scheduler.take("jobs-changed", 1);
  return scheduler;
}

async function delayOf(engine: EngineClient, scheduler: Scheduler, odd: number): Promise<number> {
  const due = nextSecond(0, (second) => second % 2 === odd);
  const after = scheduler.logged;
  for (let count = 1; ; count++) {
    const run = (await scheduler.take("run-started", count, after)).at(-1);
    const scheduledAt = new Date(run?.scheduledAt ?? 0);
    // One that was due before may be late.
    if (run?.job === "delay" && scheduledAt >= due)
      return (await startedAt(engine, run.containerId ?? "")) - scheduledAt.getTime();
  }
}

/** Resolves when it has no more to do than to start its jobs. */
async function quiet({ pid }: Scheduler): Promise<void> {
  for (
    let before = Number.NEGATIVE_INFINITY, now = 0, looks = 0;
    now - before > NEXT_TO_NONE_MS && looks < 3;
    looks++
  ) {
    before = await cpuMs(pid);
    await pause(QUIET_MS);
    now = await cpuMs(pid);
  }
}
