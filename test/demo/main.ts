/**
 * `npm run demo`: the image of this checkout as a stack on a Swarm, with a schedule file and a labelled service, and the
 * lines, outcomes and metrics that come of it. By default the Swarm is a private one, started for it.
 */
import { readOptions } from "./demo-options.ts";
import type { DemoSwarm } from "./demo-swarm.ts";
import { describeJobs, expectedOutcomes } from "./jobs.ts";
import { narrate } from "./narrate.ts";
import { say, step } from "./narration.ts";
import { endOwnSwarm, findOwnSwarm } from "./own-swarm.ts";
import { endPrivateSwarm, startPrivateSwarm } from "./private-swarm.ts";
import { SchedulerTask } from "./scheduler-task.ts";
import { deployStacks } from "./stacks.ts";

const interrupted = new AbortController();
const interrupt = () => interrupted.abort(new Error("interrupted"));
process.on("SIGINT", interrupt).on("SIGTERM", interrupt);

let swarm: DemoSwarm | undefined;
let isKept = false;
try {
  const { here, hosts, keep, down } = readOptions();
  if (down) await (here ? endOwnSwarm() : endPrivateSwarm());
  else {
    swarm = await step("Swarm", () => (here ? findOwnSwarm() : startPrivateSwarm(hosts)));
    await show(swarm);
    if (keep) say(await swarm.keep());
    isKept = keep;
  }
} catch (error) {
  // What was interrupted may say so in many ways: Ctrl-C reaches each command that is running.
  fail(interrupted.signal.aborted ? interrupted.signal.reason : error);
}
if (swarm && !isKept) {
  say("\nTaking down what the demo started.");
  await swarm.takeDown().catch(fail);
}

function fail({ message }: Error): void {
  say(`\nThe demo failed: ${message}`);
  process.exitCode = 1;
}

async function show(on: DemoSwarm): Promise<void> {
  const { signal } = interrupted;
  const go = <T extends { readonly summary: string }>(title: string, work: () => Promise<T>) => {
    signal.throwIfAborted();
    return step(title, work);
  };
  await go("Images", on.prepareImages);
  await go("Stacks", () => deployStacks(on));
  describeJobs();
  const scheduler = await go("Scheduler", () => SchedulerTask.find(on, signal));
  say("\nWhat happens, as the scheduler logs it (it takes up to a minute until the minute is full):\n");
  await narrate(scheduler.logLines(signal), expectedOutcomes(on));
  await scheduler.showJobs();
  await scheduler.showMetrics();
  await scheduler.showPage();
}
