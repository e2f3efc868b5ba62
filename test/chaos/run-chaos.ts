import { setTimeout as pause } from "node:timers/promises";
import { serviceRequests } from "../e2e/engine-requests.ts";
import { writeChannels } from "../e2e/heard.ts";
import { SchedulerProcess } from "../e2e/scheduler-process.ts";
import { SwarmStage } from "../e2e/swarm-stage.ts";
import type { EngineProxy } from "../lab/proxy.ts";
import type { LabSwarm } from "../lab/swarm.ts";
import type { World } from "./break.ts";
import { ChaosScheduler } from "./chaos-scheduler.ts";
import type { Evidence } from "./evidence.ts";
import { readExecutions } from "./executions.ts";
import { CHANNEL, chaosSchedules } from "./jobs.ts";
import { MoodyReceiver } from "./moody-receiver.ts";
import { planFaults } from "./plan.ts";
import { RecordObserver } from "./record-observer.ts";
import { runFaults } from "./run-faults.ts";
import { containersOf, findRemains, settle } from "./settle.ts";

export interface ChaosOptions {
  /** How long faults happen; what comes before and after them takes some two minutes. */
  readonly minutes: number;
  readonly seed: number;
  /** Hears what happens while it happens. */
  readonly say: (text: string) => void;
}

/** What goes on after the last fault, so that what piled up is worked off. */
const CALM_MS = 45_000;

/** Jobs of all policies, two schedulers, and faults; at the end all is mended and settled. Leaves nothing behind. */
export async function runChaos(swarm: LabSwarm, { minutes, seed, say }: ChaosOptions): Promise<Evidence> {
  await using stage = await SwarmStage.on("chaos", swarm);
  await using receiver = await MoodyReceiver.listen();
  const channels = await writeChannels(stage.folder, { [CHANNEL]: { kind: "webhook", url: receiver.url } });
  const args = ["--engine", "swarm", "--instance", stage.instance, "--sources", "files", "--channels", channels];
  const openBehind = ({ dockerHost }: EngineProxy) => new SchedulerProcess({ dockerHost, folder: stage.folder, args });
  await using A = new ChaosScheduler("A", () => openBehind(stage.proxy));
  await using B = new ChaosScheduler("B", () => openBehind(stage.otherProxy));
  const schedulers = { A, B };
  let edits = 0;
  const declare = (change: object) => stage.folder.writeSchedules(chaosSchedules(stage.witness, edits, change));
  const editJobs = () => {
    edits++;
    return declare({});
  };
  const world: World = { swarm, stage, schedulers, receiver, editJobs };
  const observer = new RecordObserver(swarm.managers, stage.instance);
  const over = new AbortController();
  const observing = observer.watch(over.signal);
  const beganAt = new Date();
  await declare({});
  for (const scheduler of [A, B]) scheduler.start();
  const faults = await runFaults(planFaults(seed, minutes), { world, say, activeRuns: () => observer.activeRuns });
  say("the faults are over");
  await pause(CALM_MS);
  await declare({ suspended: true });
  const unsettled = await settle(world, observer);
  for (const scheduler of [A, B]) await scheduler.stop();
  over.abort();
  await observing;
  await observer.look();
  const swaps = [stage.proxy, stage.otherProxy].flatMap(({ requests }) =>
    requests.filter(({ method, path }) => isSwap(method, path)),
  );
  const remains = await findRemains(world);
  const corpses = (await containersOf(world)).filter(({ State }) => State !== "running");
  return {
    beganAt,
    endedAt: new Date(),
    faults,
    kills: [...A.kills, ...B.kills],
    records: observer.seen,
    executions: await readExecutions(stage.witness),
    log: [...A.log, ...B.log].sort((a, b) => (String(a.time) < String(b.time) ? -1 : 1)),
    notices: { instance: stage.instance, told: receiver.told, taken: receiver.taken },
    swaps: { tried: swaps.length, done: swaps.filter(({ status }) => status === 200).length },
    corpses: corpses.map(({ host, State, Labels }) => `${host}: ${Labels["shipbell.run"]}, ${State}`),
    findings: [
      ...[A, B].flatMap(({ findings }) => findings),
      ...[...observer.unreadable].map((what) => ({ what: `a record that cannot be read: ${what}` })),
      ...unsettled,
      ...remains,
    ],
  };
}

function isSwap(method: string, path: string): boolean {
  return method === serviceRequests.swap.method && path.search(serviceRequests.swap.path) >= 0;
}
