import { describe, expect, it, test } from "vitest";
import type { DockerJobRun } from "../../../src/engines/engine.ts";
import type { Job } from "../../../src/job/job.ts";
import { formatProblem } from "../../../src/job/problem.ts";
import { alsoStartedByDocker, dockerJobProblems } from "../../../src/view/scheduler/docker-jobs.ts";
import { aJob, at } from "../../support/a-job.ts";

const now = at("12:00");
const origin = { source: "files", unit: "shop.yml", at: "shop.yml:3:3" } as const;
const inShop = { ...origin, composeJob: { project: "shop" } };

function run(project: string, job = "backup", startedAt = at("11:59")): DockerJobRun {
  return { container: `${project}-${job}`, compose: { project, job }, startedAt };
}

/** What is said of the job backup, where Docker's scheduler has had these runs. */
function said(job: Parameters<typeof aJob>[0], ...runs: readonly DockerJobRun[]): readonly string[] {
  const jobs: readonly Job[] = [aJob({ name: "backup", ...job })];
  return dockerJobProblems(jobs, alsoStartedByDocker(jobs, { runs, now })).map(formatProblem);
}

test("a job of the same name and project is one that runs twice", () => {
  expect(said({ origin: inShop }, run("shop"), run("till"))).toEqual([
    `shop.yml:3:3: warning: Docker's own scheduler starts this job, too, as shop.backup: it runs twice (take it out of the engine with "docker job rm shop.backup", or out of this file)`,
  ]);
});

test("where the project of the file is not known, a job of the same name may be another one", () => {
  expect(said({ origin: { ...origin, composeJob: {} } }, run("till"), run("shop"))).toEqual([
    `shop.yml:3:3: warning: Docker's own scheduler starts a job of this name, too, as shop.backup and till.backup: if it is this one, it runs twice (take it out of the engine with "docker job rm shop.backup till.backup", or out of this file; if it is another one, write name: at the top of the file, with the project that it is of)`,
  ]);
});

describe("nothing is said", () => {
  const longAgo = new Date(now.getTime() - 25 * 3_600_000);
  test.each<[string, Parameters<typeof aJob>[0], DockerJobRun]>([
    ["of a job of another project", { origin: inShop }, run("till")],
    ["of a job of another name", { origin: inShop }, run("shop", "sync")],
    ["of a job without triggers", { origin }, run("shop")],
    ["of a job that only people start", { origin: inShop, schedules: [] }, run("shop")],
    ["of a job that is suspended here", { origin: inShop, suspended: true }, run("shop")],
    ["because of a run of more than a day ago", { origin: inShop }, run("shop", "backup", longAgo)],
    ["because of a job that Compose has not registered", { origin: inShop }, { container: "c", startedAt: now }],
  ])("%s", (_what, job, seen) => expect(said(job, seen)).toEqual([]));
});

it("holds for a job that is due each day", () => {
  const dayAgo = new Date(now.getTime() - 24 * 3_600_000 - 60_000);
  expect(said({ origin: inShop }, run("shop", "backup", dayAgo))).toHaveLength(1);
});
