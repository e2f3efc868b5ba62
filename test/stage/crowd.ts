import type { StageChannels } from "./channels.ts";
import type { Past } from "./past.ts";

const TEAMS = ["billing", "checkout", "data", "fraud", "growth", "infra", "mail", "media", "mobile", "partners"];
const MORE_TEAMS = [
  "payments",
  "platform",
  "pricing",
  "search",
  "security",
  "shipping",
  "support",
  "tax",
  "users",
  "web",
];
const TASKS = ["backup", "cleanup", "digest", "export", "import", "index", "report", "rotate", "sync", "verify"];
const REGIONS = ["eu-1", "eu-2", "us-1", "us-2", "ap-1"];

/** The names of a thousand jobs: `billing-backup-eu-1`. */
export const CROWD: readonly string[] = [...TEAMS, ...MORE_TEAMS].flatMap((team) =>
  TASKS.flatMap((task) => REGIONS.map((region) => `${team}-${task}-${region}`)),
);

/** It has been down for a day, so most of the failures wait for it. */
export const CROWD_CHANNELS: StageChannels = {
  "all-teams": {
    ...{ kind: "webhook", address: "https://hooks.example/…" },
    fails: { since: new Date("2026-11-17T10:02:11Z"), because: "connection refused" },
  },
};

/** Returns the schedule file that declares them. A quarter is due in the first minute of an hour, as people write it. */
export function crowdFile(): string {
  const jobs = CROWD.map((name, index) => {
    const image = `registry.example/${name.split("-")[0]}/jobs:${1 + (index % 9)}`;
    return `  ${name}: { schedule: "${patternOf(index)}", image: "${image}", command: "run ${name}" }`;
  });
  return `notify: [{ to: all-teams }]\njobs:\n${jobs.join("\n")}\n`;
}

/** Forty failed, twenty run, five wait for a node and fifteen are paused. */
export function crowdPast(index: number, now: Date): Past {
  const past = { takesS: 5 + ((index * 97) % 900), prints: [`done: ${(index * 31) % 5000} rows`] };
  if (index % 25 === 3) {
    const outcome = { kind: "failed", exitCode: 1 + (index % 3), oom: false } as const;
    return { ...past, ends: { 0: { outcome, takesS: 4, prints: ["connection refused"] } } };
  }
  if (index % 50 === 11) return { ...past, now: "runs" };
  if (index % 200 === 17) return { ...past, now: "waits" };
  if (index % 67 === 29)
    return { ...past, paused: { at: new Date(now.getTime() - 86_400_000), reason: "moves to eu-3" } };
  return past;
}

function patternOf(index: number): string {
  const minute = index % 4 === 0 ? 0 : (index * 7) % 60;
  if (index % 10 === 9) return "*/15 * * * *";
  return index % 3 === 0 ? `${minute} * * * *` : `${minute} ${(index * 5) % 24} * * *`;
}
