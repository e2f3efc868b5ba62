import { FOLLOWER } from "./job-plan.ts";
import type { Stage } from "./stage.ts";
import type { JobPlan } from "./story.ts";

/** The story for people: the jobs with their policies, and what happened, in its order. */
export function tellStory({ story, chronicle }: Stage): string {
  const { kind, schedulers, engineTells, aheadMs } = story;
  const jobs = story.jobs.map((plan, i) => `  job ${i + 1}: ${describeJob(plan)}`);
  if (story.follower !== undefined)
    jobs.push(
      `  ${FOLLOWER}, on ${story.follower.on} of job ${(story.follower.upstream % story.jobs.length) + 1}: ${describeJob(story.follower.plan)}`,
    );
  const latencies = schedulers.map(({ latencyMs }) => `${latencyMs} ms`).join(", ");
  const events = engineTells ? "" : ", whose engine tells of nothing";
  const ahead = aheadMs === 0 ? "" : `, which prepare ${aheadMs / 1000} s ahead`;
  return [
    `${schedulers.length} scheduler(s) of ${kind}s (from the engine: ${latencies})${events}${ahead}`,
    ...jobs,
    "",
    chronicle.text(),
  ].join("\n");
}

function describeJob(plan: JobPlan): string {
  const { patterns, overlap, queueLimit, catchUp, catchUpLimit, deadlineMs, timeoutMs, pendingTimeoutMs } = plan;
  const { history, successExitCodes, retries, processes, suspended } = plan;
  const said = [
    patterns.map((pattern) => `"${pattern}"`).join(" and "),
    overlap === "queue" ? `queue (${queueLimit})` : overlap,
    `catch up ${catchUp === "all" ? `all (${catchUpLimit})` : catchUp}`,
    ...(deadlineMs === undefined ? [] : [`deadline ${deadlineMs / 1000} s`]),
    ...(timeoutMs === undefined ? [] : [`timeout ${timeoutMs / 1000} s`]),
    `pending at most ${pendingTimeoutMs / 1000} s`,
    `keeps ${history}`,
    ...(successExitCodes.length > 1 ? [`succeeds with ${successExitCodes}`] : []),
    ...(retries === undefined
      ? []
      : [`${retries.limit} retries after ${retries.delayMs / 1000} s on ${retries.on.join(", ")}`]),
    ...(suspended ? ["suspended"] : []),
  ];
  const runs = processes.map(
    ({ runsForMs, exitCode, ignoresStop }) =>
      `${runsForMs / 1000} s exit ${exitCode}${ignoresStop ? ", deaf to stop" : ""}`,
  );
  return `${said.join(", ")}; its processes: ${runs.join("; ")}`;
}
