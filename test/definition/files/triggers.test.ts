import { describe, expect, it, test } from "vitest";
import { formatProblem } from "../../../src/job/problem.ts";
import { checkSchedule as checkForReal } from "../../../src/schedule/timetable.ts";
import { fileSettings, parse } from "../parse.ts";

type Change = Parameters<typeof parse>[1];

function read(text: string, change: Change = {}) {
  const { jobs, problems } = parse(text, { checkSchedule: checkForReal, ...change });
  return { jobs, says: problems.map(formatProblem) };
}

/** A Compose file with one job; `lines` are its keys next to image, the first in line 4, column 5. */
function job(...lines: readonly string[]): string {
  return ["jobs:", "  sync:", "    image: busybox", ...lines.map((line) => `    ${line}`), ""].join("\n");
}

const due = (...lines: readonly string[]) => job("triggers:", "  schedule:", ...lines.map((line) => `    ${line}`));

/** What a file says of its one job, when it is due and by which policies. */
function policiesOf(text: string, change: Change = {}) {
  const { jobs, says } = read(text, change);
  const [only] = jobs;
  const { overlap, queueLimit, catchUp } = only?.policies ?? {};
  const [schedule] = only?.schedules ?? [];
  return { says, when: schedule && `${schedule.pattern} ${schedule.timezone}`, overlap, queueLimit, catchUp };
}

describe("the words mean what they mean to Docker", () => {
  const daily = { says: [], when: "0 3 * * * UTC", overlap: "forbid", queueLimit: 10, catchUp: "last" };
  test.each([
    ["a text", due('- "0 3 * * *"'), {}],
    ["a map", due('- cron: "0 3 * * *"'), {}],
    ["one entry without a list", job('triggers: { schedule: "0 3 * * *" }'), {}],
    ["a time zone", due('- { cron: "0 3 * * *", timezone: Asia/Seoul }'), { when: "0 3 * * * Asia/Seoul" }],
    ["forbid", due('- { cron: "0 3 * * *", concurrency: forbid }'), {}],
    ["queue: one waits", due('- { cron: "0 3 * * *", concurrency: queue }'), { overlap: "queue", queueLimit: 1 }],
    ["missed_fires: one", due('- { cron: "0 3 * * *", missed_fires: one }'), {}],
    ["missed_fires: skip", due('- { cron: "0 3 * * *", missed_fires: skip }'), { catchUp: "none" }],
    ["a step of a star and a weekday", due('- "0 3 */2 * 1"'), { when: "0 3 */2 * 1 UTC" }],
    ["lists, ranges and steps", due('- "0-30/10,45 1,2 1-7 * 7"'), { when: "0-30/10,45 1,2 1-7 * 7 UTC" }],
  ])("%s", (_what, text, change) => {
    expect(policiesOf(text)).toEqual({ ...daily, ...change });
  });

  it("a job may have its own name in it once more, as docker compose config prints it", () => {
    expect(policiesOf(due('- "0 3 * * *"').replace("image:", "name: sync\n    image:"))).toEqual(daily);
    expect(policiesOf(due('- "0 3 * * *"').replace("image:", "name: other\n    image:")).says).toEqual([
      expect.stringContaining('unknown key "name"'),
    ]);
  });

  it("without a time zone in UTC, and says so where that is not the zone of the settings", () => {
    const { when, says } = policiesOf(due('- "0 3 * * *"'), { defaultTimezone: "Europe/Berlin" });
    expect(when).toBe("0 3 * * * UTC");
    expect(says).toEqual([
      "jobs.yml:6:11: warning: the schedule has no timezone, and is read in UTC, as Docker reads it, not in Europe/Berlin (write the timezone, UTC included)",
    ]);
  });

  it("a job that only people start has no schedule", () => {
    const { jobs, says } = read(job("triggers: { manual: true }"));
    expect(says).toEqual([]);
    expect(jobs.map(({ schedules }) => schedules)).toEqual([[]]);
  });

  it("keys of ours stand next to them, and hold where they say nothing", () => {
    const text = due('- "0 3 * * *"').replace(
      "image",
      "overlap: replace\n    timezone: Asia/Seoul\n    timeout: 1h\n    image",
    );
    expect(policiesOf(text)).toMatchObject({ when: "0 3 * * * Asia/Seoul", overlap: "replace", says: [] });
  });

  it("for a command in a container that runs already, too", () => {
    const text =
      'jobs:\n  a:\n    launch: exec\n    container: db\n    command: dump\n    triggers: { schedule: ["0 3 * * *"] }\n';
    expect(read(text)).toMatchObject({ says: [], jobs: [{ template: { kind: "exec" } }] });
  });
});

describe("what cannot be the same is said", () => {
  test.each([
    ["depends_on", job("triggers: { manual: true }", "depends_on: [db]"), "5:5: warning: depends_on is not looked at"],
    [
      "manual: false",
      due('- "0 3 * * *"').replace("schedule", "manual: false\n      schedule"),
      "5:7: warning: manual: false is not obeyed",
    ],
    [
      "no trigger at all",
      job("triggers: { manual: false }"),
      "4:17: warning: the job has no schedule, and Docker never runs it",
    ],
    [
      "a profile",
      job("triggers: { manual: true }", "profiles: [night]"),
      "5:5: warning: no profile of the job is active",
    ],
    [
      "a build with an image",
      job("triggers: { manual: true }", "build: ."),
      "5:5: warning: the image is not built here",
    ],
    ["a pattern of ours", due('- "@daily"'), "6:11: warning: Docker itself refuses this pattern"],
    ["a step of a number", due('- "5/15 * * * *"'), "6:11: warning: Docker itself refuses this pattern"],
  ])("%s is a warning", (_what, text, says) => {
    const { jobs, says: said } = read(text);
    expect(jobs).toHaveLength(1);
    expect(said).toEqual([expect.stringContaining(`jobs.yml:${says}`)]);
  });

  test.each([
    ["nothing under triggers", job("triggers: {}"), "4:5: triggers has neither schedule nor manual"],
    ["a text under triggers", job("triggers: daily"), "4:15: triggers must be a map with schedule or manual"],
    ["an unknown key", job("triggers: { manual: true, event: push }"), '4:31: unknown key "event" under triggers'],
    [
      "an unknown key of an entry",
      due('- { cron: "0 3 * * *", timezon: UTC }'),
      '6:32: unknown key "timezon" under triggers.schedule (did you mean timezone?)',
    ],
    ["two entries", due('- "0 3 * * *"', '- "0 4 * * *"'), "6:9: triggers.schedule has 2 entries; Docker takes one"],
    ["no pattern", due("- { timezone: UTC }"), "cron is missing"],
    ["a wrong pattern", due('- { cron: "0 61 * * *" }'), '6:19: "61" is not an hour'],
    ["a wrong text", due('- "0 61 * * *"'), '6:11: "61" is not an hour'],
    ["a wrong zone", due('- { cron: "0 3 * * *", timezone: Asia/Soul }'), "6:42: timezone must be an IANA name"],
    ["a policy of ours", due('- { cron: "0 3 * * *", concurrency: replace }'), "concurrency must be forbid or queue"],
    [
      "manual: true next to a schedule",
      due('- "0 3 * * *"').replace("schedule", "manual: true\n      schedule"),
      "5:7: manual: true next to a schedule is refused by Compose",
    ],
    [
      "a schedule next to triggers",
      job("triggers: { manual: true }", 'schedule: "@daily"'),
      "5:5: schedule and triggers both say when",
    ],
    ["a step that is larger than its field", due('- "*/90 * * * *"'), "6:11:"],
    [
      "a build without an image",
      job("triggers: { manual: true }", "build: .").replace("image: busybox", "user: app"),
      "build is not supported",
    ],
  ])("%s is an error", (_what, text, says) => {
    const { jobs, says: said } = read(text);
    expect(jobs).toEqual([]);
    expect(said.join("\n")).toContain(says);
  });

  it("a profile that COMPOSE_PROFILES names is active", () => {
    const text = job("triggers: { manual: true }", "profiles: [night]");
    const suspended = (variables: Record<string, string>) =>
      read(text, { variables }).jobs.map((each) => each.suspended);
    expect(suspended({})).toEqual([true]);
    expect(suspended({ COMPOSE_PROFILES: "day,night" })).toEqual([false]);
    expect(suspended({ COMPOSE_PROFILES: "*" })).toEqual([false]);
  });

  it("one job that is wrong breaks no other", () => {
    const text = `${due('- "0 61 * * *"')}  good:\n    image: busybox\n    triggers: { manual: true }\n`;
    const { jobs, broken } = parse(text, { ...fileSettings, checkSchedule: checkForReal });
    expect(jobs.map(({ name }) => name)).toEqual(["good"]);
    expect(broken).toEqual([{ unit: "jobs.yml", job: "sync" }]);
  });
});

describe("a Compose file whose jobs have triggers is a schedule file", () => {
  const text = [
    "name: shop",
    'version: "3"',
    "services:",
    "  db: { image: 'postgres:16' }",
    "jobs:",
    "  backup:",
    "    image: busybox",
    "    volumes: ['data:/data', 'kept:/kept', 'other:/other']",
    "    triggers: { schedule: ['0 3 * * *'] }",
    "  alone:",
    "    image: busybox",
    "    network_mode: none",
    "    triggers: { manual: true }",
    "volumes:",
    "  data:",
    "  kept: { name: kept-for-long }",
    "  other: { external: true }",
    "",
  ].join("\n");

  it("with the names that volumes and networks have in its project", () => {
    const { jobs, says } = read(text);
    expect(says).toEqual([]);
    expect(jobs).toMatchObject([
      {
        name: "backup",
        template: {
          networks: ["shop_default"],
          volumes: [{ source: "shop_data" }, { source: "kept-for-long" }, { source: "other" }],
        },
      },
      { name: "alone", template: { networks: ["none"] } },
    ]);
    expect(jobs[0]?.template).not.toHaveProperty("madeNetworks");
  });

  it("whose project a variable may name, and which is not known otherwise", () => {
    const unnamed = text.replace("name: shop\n", "");
    const networks = (change: Change) =>
      read(unnamed, change).jobs.map(({ template }) => template.kind === "compose" && template.networks);
    expect(networks({ variables: { COMPOSE_PROJECT_NAME: "till" } })).toEqual([["till_default"], ["none"]]);
    expect(networks({})).toEqual([[], ["none"]]);
    expect(read(unnamed).says).toEqual([
      expect.stringMatching(
        /^jobs\.yml:2:1: warning: the name of the project is not known, .*\(write name: at the top/,
      ),
    ]);
  });

  it("and each of its jobs with triggers knows the project, of which Docker's own scheduler may have it", () => {
    const composeJobs = (file: string, change: Change = {}) =>
      read(file, change).jobs.map(({ origin }) => origin.composeJob);
    expect(composeJobs(text)).toEqual([{ project: "shop" }, { project: "shop" }]);
    const lone = due('- "0 3 * * *"');
    expect(composeJobs(lone)).toEqual([{}]);
    expect(composeJobs(lone, { variables: { COMPOSE_PROJECT_NAME: "till" } })).toEqual([{ project: "till" }]);
    expect(composeJobs(lone, { variables: { COMPOSE_PROJECT_NAME: "" } })).toEqual([{}]);
    expect(composeJobs(job('schedule: "0 3 * * *"'))).toEqual([undefined]);
    expect(composeJobs(`defaults: { triggers: { schedule: "0 3 * * *" } }\n${job("init: true")}`)).toEqual([{}]);
  });

  it("and the project changes nothing of the job itself", () => {
    const hashes = ["shop", "till"].map((name) => read(`name: ${name}\n${due('- "0 3 * * *"')}`).jobs[0]?.hash);
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).toMatch(/^[0-9a-f]{16}$/);
  });

  it("but include is not followed", () => {
    expect(read(`include: [a.yml]\n${text}`).says).toEqual([
      expect.stringContaining("jobs.yml:1:1: warning: include is not followed"),
    ]);
  });

  it("and without triggers it has mistakes, as before", () => {
    const { says } = read("name: shop\njobs:\n  a: { image: busybox, schedule: '0 3 * * *' }\n");
    expect(says).toEqual([expect.stringContaining('unknown key "name"')]);
  });
});
