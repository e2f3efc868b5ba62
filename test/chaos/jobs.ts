import type { Witness } from "../e2e/witness.ts";
import { scriptOf, type Work, witnessEnvironment } from "./executions.ts";

/** A job of the chaos: what it does, and its keys as schedule files have them. */
export interface ChaosJob {
  readonly work: Work;
  readonly keys: Readonly<Record<string, unknown>>;
  /** Its `starting_deadline`. */
  readonly deadlineMs?: number;
}

const onWorkers = { deploy: { placement: { constraints: ["node.role == worker"] } } };

/** Every policy, each few seconds; what is short and what is long, what succeeds, fails, and does not want to end. */
export const CHAOS_JOBS: Readonly<Record<string, ChaosJob>> = {
  short: { work: { seconds: 0 }, keys: { schedule: "@every 6s" } },
  long: { work: { seconds: 12 }, keys: { schedule: "@every 7s", ...onWorkers } },
  allowed: { work: { seconds: 13 }, keys: { schedule: "@every 9s", overlap: "allow", catch_up: "none" } },
  replaced: {
    work: { seconds: 40 },
    keys: { schedule: "@every 14s", overlap: "replace", stop_grace_period: "2s", catch_up: "none" },
  },
  "replaced-deaf": {
    work: { seconds: 40, isDeaf: true },
    keys: { schedule: "@every 19s", overlap: "replace", stop_grace_period: "1s" },
  },
  queued: {
    work: { seconds: 6 },
    keys: { schedule: "@every 8s", overlap: "queue", queue_limit: 3, catch_up: "all", catch_up_limit: 5 },
  },
  "caught-up": { work: { seconds: 1 }, keys: { schedule: "@every 10s", catch_up: "all", catch_up_limit: 20 } },
  failing: {
    work: { seconds: 0, exitCode: "3" },
    keys: { schedule: "@every 20s", retries: { limit: 2, delay: "1s" } },
  },
  flaky: {
    work: { seconds: 1, exitCode: "SHIPBELL_ATTEMPT < 2 ? 7 : 0" },
    keys: { schedule: "@every 15s", overlap: "queue", retries: { limit: 3, delay: "2s", on: [7, "lost"] } },
  },
  "lost-again": {
    work: { seconds: 9 },
    keys: {
      schedule: "@every 11s",
      retries: { limit: 2, delay: "2s", on: ["failed", "rejected", "lost"] },
      node_grace: "20s",
      ...onWorkers,
    },
  },
  "timed-out": {
    work: { seconds: 30 },
    keys: { schedule: "@every 17s", timeout: "3s", retries: { limit: 1, delay: "1s", on: ["timed-out"] } },
  },
  "timed-out-deaf": {
    work: { seconds: 30, isDeaf: true },
    keys: { schedule: "@every 26s", timeout: "2s", stop_grace_period: "1s" },
  },
  "exit-4": {
    work: { seconds: 0, exitCode: "4" },
    keys: { schedule: ["*/12 * * * * *", "@every 18s"], success_exit_codes: [0, 4] },
  },
  "in-time": {
    work: { seconds: 5 },
    keys: { schedule: "*/6 * * * * *", overlap: "queue", starting_deadline: "9s" },
    deadlineMs: 9000,
  },
  "no-such-command": {
    work: { seconds: 0 },
    keys: { schedule: "@every 25s", command: ["/no/such/command"], retries: { limit: 1, delay: "1s" } },
  },
  "no-such-image": { work: { seconds: 0 }, keys: { schedule: "@every 33s", image: "chaos.invalid/none:1" } },
};

/** Long enough that each run is seen in its record by who looks each few seconds. */
const history = { succeeded: 20, failed: 20 };

/** The channel that hears of all jobs. */
export const CHANNEL = "hook";

const notify = [{ to: CHANNEL, on: ["failed", "recovered", "missed"] }];

/** The schedule file. `edit` is a variable of each job, so that another one is another definition. */
export function chaosSchedules(witness: Witness, edit: number, change: object = {}): string {
  const entries = Object.entries(CHAOS_JOBS).map(([name, { work, keys }]) => {
    const job = {
      image: "busybox",
      command: ["sh", "-c", scriptOf(work).replaceAll("$", "$$$$")],
      environment: { ...witnessEnvironment, EDIT: String(edit) },
      volumes: [witness.volume],
      history,
      notify,
      ...keys,
      ...change,
    };
    return [name, job];
  });
  return JSON.stringify({ jobs: Object.fromEntries(entries) }, null, 2);
}
