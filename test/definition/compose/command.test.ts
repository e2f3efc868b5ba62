// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables are among what is tested
import { describe, expect, test } from "vitest";
import { formatProblem } from "../../../src/job/problem.ts";
import { anObject, readLabels } from "../labels/labels.ts";
import { parse } from "../parse.ts";
import {
  adviceCases,
  type CommandKeys,
  followEnvironmentAdvice,
  followQuoteAdvice,
  followShellAdvice,
} from "./command-advice.ts";

const read = (keys: object) =>
  parse(JSON.stringify({ jobs: { job: { schedule: "@daily", image: "busybox", ...keys } } }));
const says = (keys: object) =>
  read(keys).problems.map((problem) => formatProblem(problem).replace(/^jobs.yml:\d+:\d+: /, ""));
const isRefused = (keys: object) => read(keys).jobs.length === 0;

describe("a command that no program could be started for is refused", () => {
  test.each([
    "FOO=1 cmd",
    "$$HOME/backup.sh --all",
    '"$$HOME/backup.sh" --all',
    "FOO='a b' cmd",
    "cd /x",
    "source ./env.sh",
    ". ./env.sh",
    "ulimit -n 10",
    "umask 027",
    "exit 0",
    "alias a=b",
    "[[ -e /x ]]",
    "if true",
    "while true",
    "eval echo",
    "trap x TERM",
    "{ echo }",
    "! true",
    "*",
    "/opt/*.sh",
    "~/backup.sh",
  ])("%s", (command) => {
    expect(isRefused({ command })).toBe(true);
    expect(isRefused({ command, entrypoint: [] })).toBe(true);
    expect(isRefused({ image: undefined, launch: "exec", container: "shop", command })).toBe(true);
    expect(isRefused({ entrypoint: command })).toBe(true);
    expect(readLabels(anObject({ schedule: "@daily", command })).jobs).toEqual([]);
  });
});

test.each(["export A", "exec backup", "set -e", "wait", "read x", "command -v x"])(
  "%s may be a word for the image's entrypoint, so it is a warning; where there is none, it is refused",
  (command) => {
    expect(says({ command })).toEqual([expect.stringContaining("warning: ")]);
    expect(isRefused({ command })).toBe(false);
    expect(isRefused({ command, entrypoint: "" })).toBe(true);
  },
);

test.each([
  "rm /data/*.tmp",
  "ls ~/data",
  "echo $$HOME",
  "find /x -name *.log",
  "cat ~",
  'echo "from $$HOME"',
  'tar czf "/backup/$(date +%F).tgz" /data',
  "echo \"it's `date`, isn't it\"",
  "backup --all # each night",
])("%s reaches the program as it is written, which is a warning", (command) => {
  expect(says({ command })).toEqual([expect.stringMatching(/^warning: command .* no shell runs/)]);
  expect(isRefused({ command })).toBe(false);
});

test.each(
  [
    "find /x -name '*.log'",
    'echo "a*" \\*',
    "'cd' /x",
    "'FOO=1' make",
    "make FOO=1",
    "sh -c 'cd /x && FOO=1 y *'",
    "/bin/bash -euo pipefail -c 'a | b' arg",
    "busybox sh -c 'a; b'",
    "dump --to=~/x a$",
    "curl http://x/?a=1",
    "test -e /x",
    "[ -e /x ]",
    "time backup",
    "true",
    "echo $$1",
    "echo '$$HOME' '$(date)' \\$$HOME '#'",
    "curl http://x/#top",
    "a=b",
  ].filter((command) => command !== "a=b"),
)("%s says nothing of shells", (command) => expect(says({ command })).toEqual([]));

test("words for an entrypoint of the job's own are its own affair, but for operators", () => {
  const entrypoint = ["/usr/bin/redis-cli"];
  expect(says({ entrypoint, command: "set FOO=1" })).toEqual([]);
  expect(says({ entrypoint, command: "FOO=1" })).toEqual([]);
  expect(says({ entrypoint, command: "get a | b" })).toEqual([expect.stringContaining("has | outside quotes")]);
});

test("a list of one word with spaces would be the name of a program", () => {
  expect(says({ command: ["backup --all"] })).toEqual([
    expect.stringContaining('warning: command "backup --all" is a single word'),
  ]);
  expect(says({ entrypoint: ["/bin/sh -c"], command: ["x"] })).toEqual([
    expect.stringContaining("warning: entrypoint"),
  ]);
  expect(says({ entrypoint: ["/bin/sh", "-c"], command: ["echo a && exit 3"] })).toEqual([]);
  expect(says({ command: ["echo", "a b"] })).toEqual([]);
});

test.each([
  [
    ["sh", "-c", "backup", "--all"],
    ["sh", "-c", "backup --all"],
  ],
  [
    ["/bin/bash", "-euo", "pipefail", "-c", "./backup.sh", "--all"],
    ["/bin/bash", "-c", "./backup.sh --all"],
  ],
])("a shell in a list runs one text of it alone: %j", (command, followed) => {
  expect(says({ command })).toEqual([expect.stringMatching(/^warning: command has several words for a shell/)]);
  expect(says({ command: followed })).toEqual([]);
});

test("so does a shell that is the entrypoint", () => {
  const entrypoint = ["/bin/sh", "-c"];
  expect(says({ entrypoint, command: ["backup", "--all"] })).toEqual([
    expect.stringMatching(/^warning: command has several words for a shell that runs the first of them alone/),
  ]);
  expect(says({ entrypoint, command: ["backup --all"] })).toEqual([]);
  expect(says({ entrypoint, command: ['exec "$$@"', "--", "backup", "--all"] })).toEqual([]);
});

test.each(["backup --all", "backup --all '#' each night"])("%s follows the advice about a comment", (command) =>
  expect(says({ command })).toEqual([]),
);

test.each([["&&"], ["||"], [">>"], ["2>&1"]])("%s as a word of a list is a warning", (operator) => {
  expect(says({ command: ["backup", operator, "report"] })).toEqual([
    expect.stringContaining(`warning: command has ${operator} as a word of the list`),
  ]);
  expect(says({ command: ["sh", "-c", `backup ${operator} report`] })).toEqual([]);
});

test("what a list means for its program is its own affair", () => {
  expect(says({ command: ["find", "/x", "-exec", "rm", "{}", ";"] })).toEqual([]);
  expect(says({ command: ["expr", "1", "|", "2"] })).toEqual([]);
  expect(says({ command: ["cd", "/x"] })).toEqual([]);
});

test.each([["cd"], ["FOO=1"], ["source"], ["~/backup"]])(
  "a list cannot begin with %s where no entrypoint takes it",
  (word) => {
    expect(isRefused({ entrypoint: [], command: [word, "x"] })).toBe(true);
    expect(isRefused({ entrypoint: [word, "x"] })).toBe(true);
    expect(isRefused({ image: undefined, launch: "exec", container: "shop", command: [word, "x"] })).toBe(true);
  },
);

describe("a file that follows the advice has no problem and no doubt", () => {
  test.each(adviceCases)("of a command $what", ({ keys }) => {
    const { problems } = read(keys);
    expect(problems).toHaveLength(1);
    const hint = problems[0]?.hint ?? "";
    const followed = [followShellAdvice, followEnvironmentAdvice, followQuoteAdvice].flatMap(
      (follow) => follow(keys, hint) ?? [],
    );
    expect(followed.length).toBeGreaterThan(0);
    for (const each of followed) expect([each, says(each)]).toEqual([each, []]);
  });

  test.each(adviceCases.filter(({ keys }) => typeof keys.command === "string" && keys.entrypoint === undefined))(
    "of a command $what, in a label and inside a container",
    ({ keys: { command } }) => {
      const labels = (keys: CommandKeys) =>
        Object.fromEntries([
          ["schedule", "@daily"],
          ["command", String(keys.command).replaceAll("$$", "$")],
          ...Object.entries(keys.environment ?? {}).map(([name, value]) => [`environment.${name}`, value]),
        ]) as Record<string, string>;
      for (const launch of [{}, { launch: "exec" }]) {
        const { problems } = readLabels(anObject({ ...labels({ command }), ...launch }));
        expect(problems).toHaveLength(1);
        const hint = problems[0]?.hint ?? "";
        for (const follow of [followShellAdvice, followEnvironmentAdvice]) {
          const followed = follow({ command }, hint);
          if (followed !== undefined) expect(readLabels(anObject({ ...labels(followed), ...launch })).says).toEqual([]);
        }
      }
    },
  );
});
