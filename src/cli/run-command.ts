import { randomBytes } from "node:crypto";
import { systemClock } from "../clock.ts";
import type { Engine } from "../runs/engine.ts";
import type { Settings } from "../settings.ts";
import { type Args, type Command, withSettings } from "./command.ts";
import { withLedger } from "./open-ledger.ts";
import { followRun, wishForRun } from "./run-job.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** A start by hand. The scheduler carries it out, under the job's policies, like any other. */
export const runCommand: Command = {
  usage: "run <job>",
  describe: "Ask the scheduler to start a job now",
  positionals: { job: { describe: "Name of the job", type: "string" } },
  options: { wait: { type: "boolean", describe: "Print the job's output, and exit with its exit code" } },
  run: (args, terminal) => withSettings(args, terminal, (settings) => startByHand(args, settings, terminal)),
};

async function startByHand(args: Args, settings: Settings, terminal: Terminal): Promise<number> {
  const job = String(args.job);
  return await withLedger(settings, terminal, async (ledger) => {
    const parts = { ledger, clock: systemClock, terminal, wishId: randomBytes(4).toString("hex") };
    if (!(await wishForRun(job, parts))) return exitCodes.problem;
    if (args.wait === true)
      return await followRun(job, await openEngine(settings), parts, new AbortController().signal);
    terminal.out(`${job} will be started by its scheduler`);
    return exitCodes.ok;
  });
}

/** Only for reading output: nothing is started or changed from here. */
async function openEngine({ dockerHost, instance }: Settings): Promise<Pick<Engine, "logs">> {
  const { connectDocker } = await import("../docker/connect.ts");
  const { ContainerEngine } = await import("../docker/container-engine.ts");
  const { DockerEvents } = await import("../docker/docker-events.ts");
  const docker = connectDocker(dockerHost);
  return new ContainerEngine({ docker, events: new DockerEvents(docker, systemClock), instance });
}
