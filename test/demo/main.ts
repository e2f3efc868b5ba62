/**
 * `npm run demo`: a schedule file and a labelled container on a real Docker Engine, with the lines, outcomes and metrics
 * that come of it. It uses the engine of DOCKER_HOST or the local socket, or else starts a private one.
 */
import { parseArgs } from "node:util";
import { findEngine } from "./demo-engine.ts";
import { describeJobs, prepareJobs, removeJobs } from "./demo-jobs.ts";
import { DemoScheduler } from "./demo-scheduler.ts";
import { narrate, say, step } from "./narration.ts";

const { values } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
/** What has to be taken down, last thing first. */
const takeDown: (() => Promise<void>)[] = [];
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
process.once("SIGTERM", () => interrupted.abort());

try {
  const engine = await step("Docker Engine", findEngine);
  takeDown.push(engine.takeDown);
  takeDown.push(() => removeJobs(engine.client));
  await step("Jobs", () => prepareJobs(engine.client));
  describeJobs();
  const scheduler = await step("Scheduler", () => DemoScheduler.start(engine.client.dockerHost));
  takeDown.push(() => scheduler.stop());
  say("\nWhat happens, as the scheduler logs it (it takes up to a minute until the minute is full):\n");
  await narrate(scheduler, interrupted.signal);
  await scheduler.show();
  if (values.keep) scheduler.sayWhereItIs(engine);
} catch (error) {
  say(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  if (!values.keep || process.exitCode === 1) {
    say("\nTaking down what the demo started.");
    for (const undo of takeDown.reverse()) await undo().catch((error) => say(String(error)));
  }
}
