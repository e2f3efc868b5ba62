// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables are among what is tested
import { describe, expect, test } from "vitest";
import { parseLabels } from "../../src/definition/labels/parse-labels.ts";
import { DEFAULT_LABEL_RULES } from "../../src/job/label-rules.ts";
import { isSameTelling } from "../../src/job/notify.ts";
import { formatProblem } from "../../src/job/problem.ts";
import { anObject, readLabels } from "./labels/labels.ts";
import { checkSchedule, parse } from "./parse.ts";

const BACKUP = "  backup: { schedule: '@daily', image: busybox }\n";
const told = (text: string, change = {}) => {
  const { jobs, problems } = parse(text, change);
  return { says: problems.map(formatProblem), to: jobs.map(({ telling }) => telling?.notify.map(({ to }) => to)) };
};
const job = (keys: string) => `jobs:\n  backup:\n    schedule: '@daily'\n    image: busybox\n    ${keys}\n`;
const many = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`);

describe("who is told", () => {
  test.each<[string, string, readonly string[] | undefined]>([
    ["nobody, where nothing says so", job("timeout: 1h"), undefined],
    ["one channel, by its name", job("notify: ops-chat"), ["ops-chat"]],
    ["one channel, by a map", job("notify: { to: ops-chat, after: 2 }"), ["ops-chat"]],
    ["several", job("notify: [ops-chat, { to: [pager, mail] }]"), ["ops-chat", "pager", "mail"]],
    ["those of the file", `notify: [ops-chat]\njobs:\n${BACKUP}`, ["ops-chat"]],
    ["those of the file, wherever they stand", `jobs:\n${BACKUP}notify: ops-chat\n`, ["ops-chat"]],
    ["those of the defaults", `defaults: { notify: ops-chat }\njobs:\n${BACKUP}`, ["ops-chat"]],
    ["the nearer ones", `notify: pager\ndefaults: { notify: ops-chat }\njobs:\n${BACKUP}`, ["ops-chat"]],
    ["those of the job alone, in place of the file's", `notify: pager\n${job("notify: ops-chat")}`, ["ops-chat"]],
    ["those that a variable names", job("notify: $CHANNEL"), ["from-variable"]],
    ["nobody, by an empty list", `notify: pager\n${job("notify: []")}`, undefined],
    ["nobody, by a word", `notify: pager\n${job("notify: none")}`, undefined],
    ["those of the file again, without a value", `notify: pager\n${job("notify:")}`, undefined],
  ])("%s", (_who, text, to) =>
    expect(told(text, { variables: { CHANNEL: "from-variable" } })).toEqual({ says: [], to: [to] }),
  );

  test("those of the setting, where neither job nor file says anything", () => {
    const setting = { defaultNotify: ["mail", "pager"] };
    expect(told(`jobs:\n${BACKUP}`, setting).to).toEqual([["mail", "pager"]]);
    expect(told(job("notify: ops-chat"), setting).to).toEqual([["ops-chat"]]);
    expect(told(job("notify: []"), setting).to).toEqual([undefined]);
  });

  test("a rule replaces the file's rule as a whole", () => {
    const { jobs } = parse(`notify: { to: pager, after: 5, output: 9 }\n${job("notify: { to: ops-chat }")}`);
    expect(jobs[0]?.telling?.notify).toMatchObject([{ to: "ops-chat", after: 1, output: 0 }]);
  });

  test("what a job tells is no part of its hash: another rule changes no run", () => {
    const [one, other] = ["notify: a", "notify: b"].map((keys) => parse(job(keys)).jobs[0]);
    expect(one?.hash).toBe(other?.hash);
    expect(isSameTelling(one?.telling, other?.telling)).toBe(false);
    expect(isSameTelling(one?.telling, parse(job("notify: a")).jobs[0]?.telling)).toBe(true);
  });

  test.each([
    [10, []],
    [
      11,
      ["jobs.yml:5:13: notify names 11 channels; at most 10 are allowed (a channel may itself tell several people)"],
    ],
  ])("at most ten channels: %d", (count, says) =>
    expect(told(job(`notify: [${many(count).join(", ")}]`)).says).toEqual(says),
  );
});

describe("a name that no channel has", () => {
  const channels = () => new Set(["ops-chat", "pager"]);

  test("is a warning where it stands, and the job runs", () => {
    const text = `notify: [pagr]\njobs:\n${BACKUP}  b: { schedule: '@daily', image: x, notify: [ops-chat, { to: [mail] }] }\n`;
    expect(told(text, { channels })).toEqual({
      says: [
        'jobs.yml:1:10: warning: notify names "pagr", and there is no such channel: the job runs, and sends no notices there (did you mean pager?)',
        'jobs.yml:4:64: warning: notify names "mail", and there is no such channel: the job runs, and sends no notices there (there are ops-chat, pager)',
      ],
      to: [["pagr"], ["ops-chat", "mail"]],
    });
  });

  test("is any, where there are none", () =>
    expect(told(job("notify: pager"), { channels: () => new Set() }).says).toEqual([
      expect.stringContaining("(name a file with channels in the setting channels)"),
    ]));

  test("is not known where channels are not known", () => {
    expect(told(job("notify: pager")).says).toEqual([]);
    expect(told(job("notify: pager"), { channels: () => undefined }).says).toEqual([]);
  });

  test("is quoted as it is written, if a variable brings it", () =>
    expect(told(job("notify: ['${C}']"), { channels, variables: { C: "hunter2" } }).says).toEqual([
      'jobs.yml:5:14: warning: notify names "${C}", and there is no such channel: the job runs, and sends no notices there (there are ops-chat, pager)',
    ]));
});

test("what ends before it is long is a warning", () => {
  const says = (expected: string) => told(job(`timeout: 1h\n    expected_duration: ${expected}`)).says;
  expect(says("59m")).toEqual([]);
  expect(says("1h")).toEqual([
    "jobs.yml:6:24: warning: expected_duration is not less than timeout, which ends a run before it is told as long-running (make it less than timeout)",
  ]);
});

describe("a check that is pinged", () => {
  const checkOf = (value: string) => parse(job(`healthchecks: ${value}`)).jobs[0]?.telling?.healthchecks;

  test.each([
    ["https://hc-ping.com/hunter2", { url: "https://hc-ping.com/hunter2", output: false }],
    ["{ url: 'http://hc.local:8000/ping/x?create=1' }", { url: "http://hc.local:8000/ping/x?create=1", output: false }],
    ["{ url_file: /run/secrets/hc, output: true }", { urlFile: "/run/secrets/hc", output: true }],
  ])("%s", (value, check) => expect(checkOf(value)).toEqual(check));

  test.each([
    "hunter2",
    "{ url: hc-ping.com/hunter2 }",
    "{ url: ftp://hunter2 }",
    "{ url: '${HC}' }",
    "{ url: https://hc/hunter2, url_file: /run/hunter2 }",
    "{ url: { a: hunter2 } }",
    "{ url: [hunter2] }",
    "[https://hc/hunter2]",
    `https://hc/hunter2${"x".repeat(1000)}`,
  ])("a wrong address is in no message: %s", (value) => {
    const { says } = told(job(`healthchecks: ${value}`), { variables: { HC: "hunter2" } });
    expect(says).not.toEqual([]);
    expect(says.join()).not.toContain("hunter2");
  });
});

describe("in labels", () => {
  const nightly = { schedule: "@daily" };
  const read = (labels: Record<string, string>, allowChannels = ["*"]) => {
    const { jobs, says, problems } = readLabels(
      anObject({ ...nightly, ...labels }),
      ...[{ ...DEFAULT_LABEL_RULES, allowChannels }],
    );
    return {
      telling: jobs.map(({ telling }) => telling),
      says,
      refused: problems.flatMap((each) => each.refused ?? []),
    };
  };
  const names = (labels: Record<string, string>, allowChannels?: string[]) =>
    read(labels, allowChannels).telling.map((telling) => telling?.notify.map(({ to }) => to));

  test("channels are named, and what is expected is said", () =>
    expect(
      read({ notify: "ops-chat, pager", expected_duration: "20m", alert_without_success: "26h" }).telling,
    ).toMatchObject([
      {
        notify: [
          { to: "ops-chat", after: 1, output: 0 },
          { to: "pager", after: 1, output: 0 },
        ],
        expectedDurationMs: 1_200_000,
        maxSuccessAgeMs: 93_600_000,
      },
    ]));

  test("each job of an object names its own", () =>
    expect(
      names({
        "jobs.a.schedule": "@daily",
        "jobs.a.command": "a",
        "jobs.a.notify": "pager",
        notify: "mail",
      }).toSorted(),
    ).toEqual([["mail"], ["pager"]]));

  test("nobody is told by the word none", () =>
    expect(read({ notify: "none" })).toMatchObject({ telling: [undefined], says: [] }));

  test.each([
    ["", 'notify must be the name of a channel (of a-z, 0-9, "_" and "-", at most 32), not ""'],
    ["Pager", 'notify must be the name of a channel (of a-z, 0-9, "_" and "-", at most 32), not "Pager"'],
    ["pager,pager", 'notify names "pager" twice (keep one of them)'],
    [many(11).join(), "notify names 11 channels; at most 10 are allowed (a channel may itself tell several people)"],
  ])("%j is refused", (value, says) =>
    expect(read({ notify: value })).toMatchObject({
      telling: [],
      says: [`container shop_backup, label shipbell.notify: ${says}`],
    }),
  );

  test.each([
    [
      "healthchecks",
      "healthchecks cannot be set by a label: it has an address, which the scheduler would call (a schedule file may set it)",
    ],
    [
      "healthchecks.url",
      "healthchecks cannot be set by a label: it has an address, which the scheduler would call (a schedule file may set it)",
    ],
    [
      "notify.output",
      "shipbell.notify.output cannot be set: a label names channels, and nothing else (write shipbell.notify: ops-chat; a schedule file may say more)",
    ],
  ])("%s asks for more than a label may have", (key, says) =>
    expect(read({ [key]: "https://evil.example/hunter2" })).toEqual({
      telling: [],
      says: [`container shop_backup, label shipbell.${key}: ${says}`],
      refused: ["asks-for-more"],
    }),
  );

  test("a channel that the setting does not allow is a warning; the job runs, and tells the others", () =>
    expect(read({ notify: "team-a,pager" }, ["team-*", "x"])).toMatchObject({
      telling: [{ notify: [{ to: "team-a" }] }],
      says: [
        'container shop_backup, label shipbell.notify: warning: --allow-channels does not allow the channel "pager"; allowed is what matches "team-*", "x": the job runs, and sends no notices there (leave it out, or give --allow-channels a pattern for it)',
      ],
      refused: ["channel-not-allowed"],
    }));

  test("where none of the named channels is allowed, those of the setting hear of the job", () => {
    const { jobs, says } = readLabels(anObject({ ...nightly, notify: "pager" }), {
      ...DEFAULT_LABEL_RULES,
      allowChannels: [],
    });
    expect(jobs).toHaveLength(1);
    expect(says).toEqual([expect.stringContaining("it allows none")]);
  });

  test("a name that no channel has is a warning", () => {
    const settings = {
      defaultTimezone: "UTC",
      checkSchedule,
      instance: "shipbell",
      channels: () => new Set(["pager"]),
    };
    const { jobs, problems } = parseLabels([anObject({ ...nightly, notify: "pager,mail" })], settings);
    expect(jobs).toHaveLength(1);
    expect(problems.map(formatProblem)).toEqual([
      'container shop_backup, label shipbell.notify: warning: notify names "mail", and there is no such channel: the job runs, and sends no notices there (there are pager)',
    ]);
  });
});
