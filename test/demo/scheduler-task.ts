import { until } from "../lab/machine/until.ts";
import type { DemoSwarm } from "./demo-swarm.ts";
import { followDocker } from "./docker-command.ts";
import type { LogLine } from "./narrate.ts";
import { bold, say } from "./narration.ts";

const LONGEST_START_MS = 90_000;
const LONGEST_STORY_MS = 120_000;
const LONGEST_ANSWER_MS = 10_000;
const SHOWN_METRICS = /^shipbell_(runs_total|job_last_exit|engine_up)/;

export const schedulerService = ({ stack }: DemoSwarm) => `${stack}_scheduler`;

/** As Prometheus comes to them: over the stack's network. Nothing is published. */
export function metricsCommand(swarm: DemoSwarm): string[] {
  const url = `http://tasks.${schedulerService(swarm)}:8494/metrics`;
  return ["run", "--rm", "--network", swarm.stack, "busybox", "wget", "-qO-", url];
}

/** The address of the page, at the port that Docker has chosen. */
export async function pageAddress(swarm: DemoSwarm): Promise<string> {
  const published = await swarm.manager.docker("port", await healthyContainer(swarm), "8494/tcp");
  const [, port] = /:(\d+)$/m.exec(published) ?? [];
  if (port === undefined) throw new Error(`the scheduler's port is not published: ${published}`);
  return `http://${swarm.address}:${port}/`;
}

/** The scheduler, where Swarm has put it. */
export class SchedulerTask {
  readonly #swarm: DemoSwarm;
  readonly #container: string;
  readonly summary: string;

  private constructor(swarm: DemoSwarm, container: string) {
    this.#swarm = swarm;
    this.#container = container;
    this.summary = `${schedulerService(swarm)} is healthy, in container ${container}`;
  }

  /** Resolves when its own health check says that it works. Rejects with what Swarm and its log say, when it does not. */
  static async find(swarm: DemoSwarm, signal: AbortSignal): Promise<SchedulerTask> {
    let container = "";
    const isHealthy = async () => {
      container = await healthyContainer(swarm);
      return container !== "";
    };
    const patience = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_START_MS)]);
    await until(isHealthy, patience, 250).catch(async (cause) => {
      if (signal.aborted) throw signal.reason;
      throw new Error(`the scheduler does not come up.\n${await whatIsKnown(swarm)}`, { cause });
    });
    return new SchedulerTask(swarm, container);
  }

  /** From its start on, as they are written. Ends after two minutes; rejects with the signal's reason when that comes. */
  async *logLines(signal: AbortSignal): AsyncGenerator<LogLine> {
    const command = ["service", "logs", "--follow", "--raw", schedulerService(this.#swarm)];
    const patience = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_STORY_MS)]);
    for await (const line of followDocker(this.#swarm.manager, command, patience))
      if (line.startsWith("{")) yield JSON.parse(line);
    signal.throwIfAborted();
  }

  async showJobs(): Promise<void> {
    const list = await this.#swarm.manager.docker("exec", this.#container, "shipbell", "ls");
    say(`\n${bold(`$ docker exec ${this.#container} shipbell ls`)}\n${list}`);
  }

  /** Asks the page's server, past the Swarm's published port as a browser does. */
  async showPage(): Promise<void> {
    const address = await pageAddress(this.#swarm);
    const job = `${address}api/v1/jobs/hello`;
    const answer = await fetch(job, { signal: AbortSignal.timeout(LONGEST_ANSWER_MS) });
    if (!answer.ok) throw new Error(`${job} answers with ${answer.status}: ${await answer.text()}`);
    const { lastOutcome, nextRunAt } = (await answer.json()) as Record<string, unknown>;
    say(`\n${bold(`$ curl --silent ${job} | jq '{lastOutcome, nextRunAt}'`)}`);
    say(JSON.stringify({ lastOutcome, nextRunAt }));
    say(`\nThe page is at ${address}`);
  }

  async showMetrics(): Promise<void> {
    const command = metricsCommand(this.#swarm);
    const metrics = (await this.#swarm.manager.docker(...command)).split("\n");
    say(`\n${bold(`$ docker ${command.join(" ")} | grep …`)}`);
    say(metrics.filter((line) => SHOWN_METRICS.test(line)).join("\n"));
  }
}

function healthyContainer(swarm: DemoSwarm): Promise<string> {
  const service = `label=com.docker.swarm.service.name=${schedulerService(swarm)}`;
  return swarm.manager.docker("ps", "--quiet", "--filter", service, "--filter", "health=healthy");
}

async function whatIsKnown(swarm: DemoSwarm): Promise<string> {
  const ask = (...args: string[]) => swarm.manager.docker(...args).catch((error) => String(error));
  const service = schedulerService(swarm);
  const tasks = await ask("service", "ps", "--no-trunc", service);
  return `${tasks}\n${await ask("service", "logs", "--raw", "--tail", "5", service)}`;
}
