import type { ChannelNames } from "../../definition/telling.ts";
import { listDockerJobs } from "../../engines/docker/docker-jobs.ts";
import { openLabels } from "../../engines/open.ts";
import {
  checkAlsoLabels,
  chosenSources,
  foreignLabelsOf,
  givenPools,
  scheduleFilesOf,
  timeSettings,
} from "../../job-sources.ts";
import { createTimetables } from "../../schedule/timetable.ts";
import { otherHostOf } from "../../settings/settings.ts";
import { readSources } from "../../sources/catalog.ts";
import type { Snapshot } from "../../sources/snapshot.ts";
import { alsoStartedByDocker, dockerJobProblems, dockerMayStart } from "../../view/scheduler/docker-jobs.ts";
import { keptJobs } from "../../view/scheduler/scheduler-view.ts";
import type { Greeted } from "../deployment.ts";
import type { JobFacts } from "../looks/jobs.ts";

/** Reads the sources as the scheduler would. Never rejects: what cannot be read is a problem of the snapshot. */
export async function readDeclared(
  { settings, env, clock, docker, kind, info }: Omit<Greeted, "declared">,
  channels: () => Promise<ChannelNames>,
  signal: AbortSignal,
): Promise<Snapshot> {
  const names = await channels();
  const timetables = createTimetables({ otherHost: otherHostOf(settings) });
  const parts = { channels: () => names, clock, env };
  if (kind === undefined || info === undefined) {
    // The sources that the engine has cannot be read; that each of them says so is no news.
    const isRead = settings.sources?.includes("files") ?? true;
    const files = await scheduleFilesOf(settings, kind, { ...timeSettings(settings, timetables), ...parts });
    return readSources({ sources: isRead ? [files] : [], clock, pools: givenPools(settings) }, signal);
  }
  for (const each of settings.alsoLabels ?? []) checkAlsoLabels(each, settings, kind);
  // While another scheduler runs, its jobs are left to it; that they are declared is the same.
  const heldBecause = () => undefined;
  const foreign = await foreignLabelsOf(settings, { docker, checkSchedule: timetables.check, heldBecause });
  const opened = await openLabels(kind, { docker, clock, settings, foreign });
  const sources = await chosenSources(settings, kind, { timetables, opened, ...parts });
  return readSources({ sources, clock, pools: givenPools(settings) }, signal);
}

export async function gatherJobs(greeted: Greeted, signal: AbortSignal): Promise<JobFacts> {
  const { settings, kind, info, declared, scheduler } = greeted;
  const snapshot = await declared();
  const seen = scheduler.kind === "answers" ? scheduler.view : undefined;
  const inDocker = await startedByDocker(greeted, snapshot, signal);
  const problems = [...snapshot.problems, ...inDocker];
  const texts = new Set(problems.map(({ at, message }) => `${at}\n${message}`));
  const more = (seen?.problems ?? []).filter(({ at, message }) => !texts.has(`${at}\n${message}`));
  const sources = settings.sources ?? kind?.defaults.sources ?? ["files"];
  const isUnread = (source: string) => source !== "files" && info === undefined;
  return {
    sources: sources.filter((source) => !isUnread(source)),
    unread: sources.filter(isUnread),
    jobs: snapshot.jobs.size,
    problems: [...problems, ...more],
    kept: seen ? keptJobs(seen) : [],
  };
}

/** The jobs that Docker's own scheduler starts, too, as far as its containers tell it. None where they cannot be listed. */
async function startedByDocker({ docker, info, clock }: Greeted, { jobs }: Snapshot, signal: AbortSignal) {
  const mine = dockerMayStart(jobs.values());
  if (mine.length === 0 || info === undefined) return [];
  const runs = await listDockerJobs(docker, signal).catch(() => []);
  return dockerJobProblems(mine, alsoStartedByDocker(mine, { runs, now: clock.now() }));
}
