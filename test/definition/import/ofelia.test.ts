import { describe, expect, it, test } from "vitest";
import { importOne } from "./import-one.ts";

const mcuadros = { flavour: "mcuadros-0.4" } as const;
const mcuadros03 = { flavour: "mcuadros-0.3" } as const;
const netresearch = { flavour: "netresearch" } as const;

const ini = (type: string, ...lines: readonly string[]) =>
  [`[${type} "job"]`, "schedule = 0 3 * * *", ...lines, ""].join("\n");
const exec = (command: string, ...lines: readonly string[]) =>
  ini("job-exec", "container = db", `command = ${command}`, ...lines);

describe("mcuadros/ofelia: an INI file", () => {
  it("job-exec is a command in a container that runs already, as root", async () => {
    const { keys, codes } = await importOne("ofelia", exec("sh -c 'date | tee /tmp/date'"), mcuadros);
    expect(codes).toEqual([]);
    expect(keys).toEqual({
      schedule: "0 3 * * *",
      timezone: "UTC",
      overlap: "allow",
      catch_up: "none",
      launch: "exec",
      container: "db",
      command: ["sh", "-c", "date | tee /tmp/date"],
      user: "root",
    });
  });

  it("job-run has a container of its own, whose image is pulled each time", async () => {
    const text = ini(
      "job-run",
      "image = alpine",
      "network = back",
      "volume = /a:/b:ro",
      "volume = data:/c",
      "environment = A=$1",
      "environment = B=2",
      "no-overlap = true",
      "user = app",
    );
    const { keys, codes } = await importOne("ofelia", text, mcuadros);
    expect(codes).toEqual([]);
    expect(keys).toMatchObject({
      overlap: "forbid",
      image: "alpine",
      pull_policy: "always",
      user: "app",
      networks: ["bridge", "back"],
      volumes: [
        { type: "bind", source: "/a", target: "/b", read_only: "true", bind: { create_host_path: "true" } },
        "data:/c",
      ],
      environment: ["A=$$1", "B=2"],
    });
    expect(keys).not.toHaveProperty("command");
  });

  it("job-local ran in Ofelia itself: its image is to be named", async () => {
    const text = ini("job-local", "command = touch a", "dir = /tmp");
    const { keys, codes } = await importOne("ofelia", text, { ...mcuadros, image: "TODO" });
    expect(keys).toMatchObject({ image: "TODO", command: ["touch", "a"], working_dir: "/tmp" });
    expect(codes).toContain("warning import-local");
  });

  it("job-service-run replaces the entrypoint, and splits at single blanks", async () => {
    const { keys } = await importOne(
      "ofelia",
      ini("job-service-run", "image = a", "network = n", "command = x 'y z'"),
      mcuadros,
    );
    expect(keys).toMatchObject({ entrypoint: ["x", "'y", "z'"], networks: ["n"], user: "root" });
  });

  it("each line of a section is quoted once, with the comments above it", async () => {
    const { text } = await importOne("ofelia", `[global]\n# who\nsave-folder = /x\n; nightly\n${exec("a")}`, mcuadros);
    const numbers = [...text.matchAll(/^ *# file:(\d+) {2}/gm)].map(([, line]) => Number(line));
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("a secret of its settings is shown nowhere", async () => {
    const text = `[global]\nslack-webhook = https://hooks.example/abc\nsmtp-password = abc\n${exec("a", "slack-webhook = https://hooks.example/abc")}`;
    const result = await importOne("ofelia", text, mcuadros);
    expect(JSON.stringify(result)).not.toContain("abc");
    expect(result.text).toContain("# file:2  slack-webhook = (not shown)");
  });

  it("keys may be in any case", async () => {
    expect(
      (await importOne("ofelia", ini("job-exec", "Container = db", "Command = a", "No-Overlap = true"), mcuadros)).keys,
    ).toMatchObject({ container: "db", overlap: "forbid" });
  });
});

describe("what Ofelia ran is imported, and what was written is said", () => {
  test.each([
    ["a ; begins a comment, in single quotes, too", "sh -c 'a; b'", ["sh", "-c", "a"], "; b'"],
    ["and so does a #", "sh -c 'echo #1'", ["sh", "-c", "echo"], "#1'"],
    ["a ; without quotes", "a ; b", ["a"], "; b"],
  ])("mcuadros: %s", async (_, command, words, cut) => {
    const { keys, findings } = await importOne("ofelia", exec(command), mcuadros);
    expect(keys.command).toEqual(words);
    expect(findings).toMatchObject([
      { code: "import-cut", severity: "warning", message: expect.stringContaining(`"${cut}" never counted`) },
    ]);
  });

  it("mcuadros: double quotes protect, and are taken away before the command is split", async () => {
    const { keys, codes } = await importOne("ofelia", exec('sh -c "a; b"'), mcuadros);
    expect({ command: keys.command, codes }).toEqual({
      command: ["sh", "-c", "a;", "b"],
      codes: ["warning import-cut"],
    });
  });

  it("netresearch: double quotes protect from nothing, and stay", async () => {
    const { keys, codes } = await importOne("ofelia", exec('sh -c "a; b"'), netresearch);
    expect({ command: keys.command, codes }).toEqual({ command: ["sh", "-c", "a"], codes: ["warning import-cut"] });
    expect((await importOne("ofelia", exec('sh -c "a b"'), netresearch)).keys.command).toEqual(["sh", "-c", "a b"]);
  });

  it("a remark at the end of a line is none of that", async () => {
    expect((await importOne("ofelia", exec("a  # every night"), mcuadros)).codes).toEqual([]);
  });

  test.each([
    [
      "quotes hold a word together only where they begin it",
      `a --x="b c" 'd e'`,
      netresearch,
      ["a", '--x="b', 'c"', "d e"],
    ],
    ["a backslash protects one character", "a b\\\\ c", netresearch, ["a", "b\\", "c"]],
    ["a word that begins with > takes the rest", "a > b c", netresearch, ["a", "> b c"]],
    ["brackets hold together what they enclose", "a (b c) d", netresearch, ["a", "(b c)", "d"]],
  ])("words: %s", async (_, command, options, words) => {
    expect((await importOne("ofelia", exec(command), options)).keys.command).toEqual(words);
  });

  it("a backslash that begins no escape: Ofelia does not start", async () => {
    expect((await importOne("ofelia", exec('"a \\; b"'), mcuadros)).codes).toEqual(["import-line"]);
  });
});

it("mcuadros: outside of double quotes a backslash may only stand before a double quote", async () => {
  expect((await importOne("ofelia", exec("a \\\\ b"), mcuadros)).codes).toEqual(["import-line"]);
  expect((await importOne("ofelia", exec("a \\n b"), mcuadros)).codes).toEqual(["import-line"]);
  expect((await importOne("ofelia", exec('"a \\\\\\\\ b"'), mcuadros)).keys.command).toEqual(["a", "\\", "b"]);
});

describe("lines of an INI file that are no plain section", () => {
  it.each([mcuadros, netresearch])(
    "%o: a section that begins twice is one job, and later values count",
    async (options) => {
      const text = `${exec("one")}[job-exec "job"]\ncommand = two\nuser = app\n`;
      const { jobs, codes } = await importOne("ofelia", text, options);
      expect(jobs).toMatchObject([{ keys: { schedule: "0 3 * * *", command: ["two"], user: "app" } }]);
      expect(codes).toEqual(["warning import-line"]);
    },
  );

  it("a line before the first section keeps mcuadros/ofelia from starting; netresearch's passes over it", async () => {
    const text = `schedule = @daily\n${exec("one")}`;
    expect((await importOne("ofelia", text, mcuadros)).codes).toEqual(["import-line"]);
    expect((await importOne("ofelia", text, netresearch)).codes).toEqual(["warning import-line"]);
  });

  it.each(['[job-exec "a"] schedule = @daily', "[job-exec a]"])("mcuadros does not start with %s", async (line) => {
    const text = `${line}\nschedule = @daily\ncontainer = c\ncommand = x\n`;
    const { jobs, codes } = await importOne("ofelia", text, mcuadros);
    expect({ jobs, codes }).toEqual({ jobs: [], codes: ["import-line"] });
  });

  it("what it saves of all jobs is said", async () => {
    const { codes } = await importOne("ofelia", `[global]\nsave-folder = /logs\n${exec("one")}`, mcuadros);
    expect(codes).toEqual(["warning import-output"]);
  });
});

describe("schedules", () => {
  const read = (schedule: string, options: object) =>
    importOne("ofelia", `[job-exec "a"]\nschedule = ${schedule}\ncontainer = db\ncommand = x\n`, options);

  test.each([
    ["mcuadros: six fields have the second in front", "0 30 3 * * 1", mcuadros, ["30 3 * * MON"]],
    ["mcuadros: one of two days is enough", "0 0 13 * 5", mcuadros, ["0 0 13 * FRI"]],
    ["mcuadros: a starred step restricts", "0 0 */2 * 1", mcuadros, ["0 0 */2 * *", "0 0 * * MON"]],
    ["mcuadros 0.3: the first of five fields is the second", "0 3 * * *", mcuadros03, ["3 * * * *"]],
    ["mcuadros 0.3: six fields end with the weekday", "30 0 3 * * 1", mcuadros03, ["30 0 3 * * MON"]],
    ["mcuadros 0.3: one of two days is enough", "0 0 0 13 * 5", mcuadros03, ["0 0 13 * FRI"]],
    ["mcuadros 0.3: next to a starred step both must match", "0 0 0 */2 * 1", mcuadros03, ["0 0 */2 * MON"]],
    ["mcuadros 0.3: wherever the star stands", "0 0 0 1,*/2 * 1", mcuadros03, ["0 0 1,*/2 * +MON"]],
    ["netresearch: both days must match", "0 0 13 * 5", netresearch, ["0 0 13 * +FRI"]],
    ["netresearch: a starred step as well", "0 0 */2 * 1", netresearch, ["0 0 */2 * +MON"]],
    ["netresearch: any day is any day", "0 0 * * 1", netresearch, ["0 0 * * MON"]],
    ["netresearch: a range over the end", "0 22-2 * * fri-mon", netresearch, ["0 22-2 * * FRI-MON"]],
    ["netresearch: the last day", "0 0 L * *", netresearch, ["0 0 L * *"]],
    [
      "netresearch: the # of the last Friday begins a comment, so each Friday",
      "0 0 * * FRI#L",
      netresearch,
      ["0 0 * * FRI"],
    ],
    ["netresearch: a year", "0 0 1 1 * 2026", netresearch, ["0 0 0 1 1 * 2026"]],
    ["netresearch: a year after six fields", "30 0 0 1 1 * 2026-2028", netresearch, ["30 0 0 1 1 * 2026-2028"]],
    ["netresearch: nothing but people starts it", "@triggered", netresearch, []],
  ])("%s", async (_, written, options, expected) => {
    expect((await read(written, options)).schedules).toEqual([expected]);
  });

  test.each([
    ["a year that shipbell does not have", "0 0 1 1 * 2126", netresearch, "import-schedule"],
    ["any year, which netresearch does not take", "0 30 3 * * 1 *", netresearch, "import-line"],
    ["seven as a weekday", "0 0 * * 7", mcuadros, "import-line"],
    ["@reboot", "@reboot", mcuadros, "import-line"],
    ["a zone in front of the fields in 0.3", "CRON_TZ=Asia/Tokyo 0 0 3 * * *", mcuadros03, "import-line"],
    ["four fields in 0.3", "0 3 * *", mcuadros03, "import-line"],
    ["nothing", "", mcuadros, "import-schedule"],
  ])("%s is not imported", async (_, written, options, code) => {
    const { jobs, findings } = await read(written, options);
    expect({ jobs, code: findings.at(-1)?.code }).toEqual({ jobs: [], code });
  });
});

describe("versions of mcuadros/ofelia", () => {
  const unknown = { flavour: "mcuadros" } as const;
  const warnings = async (schedule: string) =>
    (await importOne("ofelia", exec("a").replace("0 3 * * *", schedule), unknown)).findings;

  it("a schedule that they read differently is read as 0.4, and what 0.3 makes of it is said", async () => {
    expect(await warnings("0 3 * * *")).toMatchObject([
      {
        code: "import-flavour",
        message: expect.stringContaining('0.3, which the image tag latest is, reads it as "3 * * * *"'),
      },
    ]);
    expect(await warnings("CRON_TZ=Asia/Tokyo 0 0 3 * * *")).toMatchObject([{ code: "import-flavour" }]);
  });

  test.each(["0 0 3 * * *", "@every 5m", "@daily", "0 0 3 13 * 5"])("both read %s alike", async (schedule) => {
    expect((await warnings(schedule)).filter(({ code }) => code === "import-flavour")).toEqual([]);
  });

  test.each([
    ["mcuadros/ofelia", "3 * * * *", ["warning import-flavour"]],
    ["mcuadros/ofelia:latest", "3 * * * *", ["warning import-flavour"]],
    ["docker.io/mcuadros/ofelia:0.3.7", "3 * * * *", ["warning import-flavour"]],
    ["mcuadros/ofelia:v0.4.0-beta.1", "0 3 * * *", []],
  ])("the image %s says which it is", async (image, schedule, said) => {
    const text = `services: { cron: { image: "${image}", environment: [TZ=UTC] }, db: { image: a, labels: { ofelia.enabled: "true", ofelia.job-exec.a.schedule: "0 3 * * *", ofelia.job-exec.a.command: b } } }`;
    const { schedules, codes } = await importOne("ofelia", text, unknown);
    expect({ schedules, codes }).toEqual({ schedules: [[schedule]], codes: said });
  });

  it("of a schedule that the image makes an hourly one, it is said what it looks like", async () => {
    const text = `services: { cron: { image: "mcuadros/ofelia:latest", environment: [TZ=UTC] }, db: { image: a, labels: { ofelia.enabled: "true", ofelia.job-exec.a.schedule: "0 3 * * *", ofelia.job-exec.a.command: b } } }`;
    expect((await importOne("ofelia", text)).findings.map(({ message }) => message)).toEqual([
      "import-flavour it is read as that of mcuadros/ofelia 0.3: the image is mcuadros/ofelia:latest",
      'import-flavour Ofelia 0.3, which the image is, reads "0 3 * * *" as this; 0.4 reads it as "0 3 * * *"',
    ]);
  });
});

describe("netresearch/ofelia differs", () => {
  test.each([
    ["its container has the name of the job", [], "forbid"],
    ["or another that is given", ["container-name = x"], "forbid"],
    ["but not where that is empty", ["container-name ="], "allow"],
  ])("a job-run cannot overlap: %s", async (_, lines, overlap) => {
    expect((await importOne("ofelia", ini("job-run", "image = a", ...lines), netresearch)).keys.overlap).toBe(overlap);
    expect((await importOne("ofelia", exec("a", ...lines), netresearch)).keys.overlap).toBe("allow");
  });

  test.each([
    ["nobody is the user", "", undefined, "nobody"],
    ["default-user is another", "[global]\ndefault-user = app\n", undefined, "app"],
    ["default is the container's own", "", "default", undefined],
    ["a job may name one", "[global]\ndefault-user = app\n", "www", "www"],
  ])("%s", async (_, global, own, user) => {
    const { keys } = await importOne(
      "ofelia",
      `${global}${exec("a", ...(own === undefined ? [] : [`user = ${own}`]))}`,
      netresearch,
    );
    expect(keys.user).toBe(user);
  });

  it("a run ends after a day, or after max-runtime", async () => {
    expect((await importOne("ofelia", ini("job-run", "image = a"), netresearch)).keys.timeout).toBe("24h");
    expect(
      (await importOne("ofelia", ini("job-run", "image = a", "max-runtime = 10m"), netresearch)).keys.timeout,
    ).toBe("10m");
  });

  it("it has retries", async () => {
    const { keys } = await importOne("ofelia", ini("job-run", "image = a", "max-retries = 3"), netresearch);
    expect(keys.retries).toMatchObject({ limit: "3", delay: "1000ms", max_delay: "60000ms" });
  });

  it("variables are those of Ofelia's environment: they become the scheduler's", async () => {
    const { keys, codes } = await importOne("ofelia", exec("a $" + "{DAY} $HOME"), netresearch);
    expect(keys.command).toEqual(["a", "$" + "{DAY}", "$$HOME"]);
    expect(codes).toEqual(["warning import-variables"]);
  });

  test.each([
    [exec("a"), "mcuadros"],
    [`[global]\ndefault-user = app\n${exec("a")}`, "netresearch"],
    [exec("a", "on-success = b"), "netresearch"],
  ])("which of the two it is, is read off the keys, and said", async (text, flavour) => {
    const { findings } = await importOne("ofelia", text);
    expect(findings.find(({ code }) => code === "import-flavour")?.message).toContain(`that of ${flavour}/ofelia`);
  });
});

describe("labels of a Compose file", () => {
  const compose = (labels: readonly string[], scheduler: readonly string[] = []) =>
    [
      "name: shop",
      "services:",
      "  db:",
      "    image: postgres",
      "    labels:",
      ...labels.map((label) => `      ${label}`),
      "  cron:",
      "    image: mcuadros/ofelia",
      "    environment: [TZ=Asia/Seoul]",
      "    labels:",
      '      ofelia.enabled: "true"',
      '      ofelia.service: "true"',
      ...scheduler.map((label) => `      ${label}`),
      "",
    ].join("\n");
  const enabled = 'ofelia.enabled: "true"';

  it("job-exec runs in the container that has the label", async () => {
    const text = compose([
      enabled,
      'ofelia.job-exec.dump.schedule: "@daily"',
      "ofelia.job-exec.dump.command: pg_dump $$DB",
    ]);
    const { jobs, codes } = await importOne("ofelia", text, mcuadros);
    expect(codes).toEqual([]);
    expect(jobs).toMatchObject([
      {
        name: "dump",
        keys: { launch: "exec", service: "db", project: "shop", command: ["pg_dump", "$$DB"], timezone: "Asia/Seoul" },
      },
    ]);
  });

  it("job-run stands on the container of Ofelia; lists are JSON", async () => {
    const text = compose(
      [enabled],
      [
        'ofelia.job-run.tidy.schedule: "@daily"',
        "ofelia.job-run.tidy.image: alpine",
        `ofelia.job-run.tidy.volume: '["/a:/b", "c:/d"]'`,
      ],
    );
    expect((await importOne("ofelia", text, mcuadros)).jobs).toMatchObject([
      { name: "tidy", keys: { image: "alpine", volumes: [{ source: "/a" }, "c:/d"] } },
    ]);
  });

  test.each([
    ["the container is not enabled", compose(['ofelia.job-exec.a.schedule: "@daily"']), mcuadros],
    ["job-run on another container", compose([enabled, 'ofelia.job-run.a.schedule: "@daily"']), mcuadros],
    [
      "labels under deploy",
      'services: { a: { image: b, deploy: { labels: ["ofelia.job-exec.a.schedule=@daily"] } } }',
      mcuadros,
    ],
  ])("labels that Ofelia does not look at are not imported: %s", async (_, text, options) => {
    const { jobs, notImported, codes } = await importOne("ofelia", text, options);
    expect({ jobs: jobs.length, notImported: notImported.length, codes }).toEqual({
      jobs: 0,
      notImported: 1,
      codes: ["import-key"],
    });
  });

  it.each([
    ["ofelia.job-exec.dump: pg_dump", "import-key"],
    ['ofelia.job-exec.my.dump.schedule: "@daily"', "import-schedule"],
  ])("a label that is no key of a job is named: %s", async (label, code) => {
    const { jobs, findings } = await importOne("ofelia", compose([enabled, label]), mcuadros);
    expect(jobs).toEqual([]);
    expect(findings.filter(({ severity }) => severity === undefined)).toMatchObject([{ code }]);
  });

  it("what the container of Ofelia has for all jobs, and is not imported, is said", async () => {
    const text = compose([enabled], ["ofelia.slack-webhook: https://x", "ofelia.save-folder: /x"]);
    const { text: output, codes } = await importOne("ofelia", text, mcuadros);
    expect(codes).toEqual(["warning import-notify", "warning import-output"]);
    expect(output).not.toContain("https://x");
  });

  it("a variable in a command would be one word, and Ofelia splits its value: that is said", async () => {
    const codesOf = async (command: string) => {
      const labels = [enabled, 'ofelia.job-exec.a.schedule: "@daily"', `ofelia.job-exec.a.command: ${command}`];
      return (await importOne("ofelia", compose(labels), mcuadros)).codes;
    };
    expect(await codesOf("run $ARGS")).toEqual(["warning import-variables"]);
    expect(await codesOf("run $$ARGS$$B")).toEqual([]);
  });

  it.each(["extends: db", "extends: { file: other.yml, service: db }"])(
    "what a service has from another one is not read, and that is an error: %s",
    async (line) => {
      const text = `${compose([enabled])}  more:\n    ${line}\n`;
      expect((await importOne("ofelia", text, mcuadros)).codes).toEqual(["import-template"]);
    },
  );

  it("so is a file that includes others", async () => {
    const { codes } = await importOne("ofelia", `include: [other.yml]\n${compose([enabled])}`, mcuadros);
    expect(codes).toEqual(["import-template"]);
  });

  it("netresearch takes job-run from any container", async () => {
    const text = compose([enabled, 'ofelia.job-run.a.schedule: "@daily"', "ofelia.job-run.a.image: b"]);
    expect((await importOne("ofelia", text, netresearch)).jobs).toHaveLength(1);
  });
});

it("mcuadros: a key that only netresearch has is left out, and said", async () => {
  const text = exec("a", "working-dir = /x", "run-on-startup = true");
  const { keys, codes } = await importOne("ofelia", text, mcuadros);
  expect({ folder: keys.working_dir, codes }).toEqual({
    folder: undefined,
    codes: ["warning import-unknown", "warning import-unknown"],
  });
  expect((await importOne("ofelia", exec("a", "working-dir = /x"))).keys.working_dir).toBe("/x");
});

describe("what is said, or not imported", () => {
  test.each([
    ["a key that is misspelt", ini("job-exec", "container = a", "comand = b", "command = c"), "warning import-unknown"],
    ["whom it tells", exec("a", "slack-webhook = https://x"), "warning import-notify"],
    ["where it saves its output", exec("a", "save-folder = /x"), "warning import-output"],
    ["a container that is started again", ini("job-run", "container = a"), "import-lifecycle"],
    ["a type that is not known", ini("job-lambda"), "import-key"],
    ["a container that is kept", ini("job-run", "image = a", "delete = false"), "warning import-key"],
    ["a terminal", exec("a", "tty = true"), "warning import-key"],
  ])("%s", async (_, text, code) => {
    expect((await importOne("ofelia", text, mcuadros)).codes).toEqual([code]);
  });

  it.each([
    [exec("a", "on-success = b"), "job"],
    [exec("a", "on-failure = b"), { job: "job", on: "failed" }],
  ])("a job that nothing but another one's end starts is the same here: %j", async (parent, after) => {
    const text = `${parent}\n[job-exec "b"]\nschedule = @triggered\ncontainer = db\ncommand = x`;
    const { jobs, codes } = await importOne("ofelia", text, netresearch);
    expect(codes).toEqual([]);
    expect(jobs[1]).toMatchObject({ name: "b", keys: { after } });
    expect(jobs[1]?.keys).not.toHaveProperty("schedule");
  });

  it.each([
    ["with a schedule too", "schedule = @daily\ndepends-on = job"],
    ["with several before it", "schedule = @triggered\ndepends-on = job\ndepends-on = c"],
    ["after one that is not there", "schedule = @triggered\ndepends-on = z"],
  ])("a job that starts after others otherwise is imported without them: %s", async (_, lines) => {
    const others = `${exec("a")}\n[job-exec "c"]\nschedule = @daily\ncontainer = db\ncommand = x`;
    const { jobs, codes } = await importOne(
      "ofelia",
      `${others}\n[job-exec "b"]\ncontainer = db\ncommand = x\n${lines}`,
      netresearch,
    );
    expect(jobs.map(({ keys }) => keys.after)).toEqual([undefined, undefined, undefined]);
    expect(codes).toContain("warning import-lifecycle");
  });

  it("jobs that start each other", async () => {
    const text = exec("a", "on-success = b", "depends-on = c", "run-on-startup = true");
    expect((await importOne("ofelia", text, netresearch)).codes).toEqual(
      Array.from({ length: 3 }, () => "warning import-lifecycle"),
    );
  });
});

describe("chadburn", () => {
  it("has Ofelia's types by labels of its own", async () => {
    const text =
      'services: { db: { image: a, labels: { chadburn.enabled: "true", chadburn.job-exec.dump.schedule: "@daily", chadburn.job-exec.dump.command: b } } }';
    expect((await importOne("chadburn", text)).jobs).toMatchObject([
      { name: "dump", keys: { launch: "exec", service: "db", user: "root" } },
    ]);
  });

  it("gives a job no variables and no host name: it passes over such keys", async () => {
    const text = ini("job-run", "image = a", "environment = A=1", "hostname = b", "volume = /a:/b");
    const { keys, codes } = await importOne("chadburn", text);
    expect(codes).toEqual(["warning import-unknown", "warning import-unknown"]);
    expect(Object.keys(keys)).not.toEqual(expect.arrayContaining(["environment"]));
    expect(Object.keys(keys)).not.toEqual(expect.arrayContaining(["hostname"]));
    expect(keys).toHaveProperty("volumes");
  });

  it("does not take a second in front", async () => {
    const text = '[job-exec "a"]\nschedule = 0 0 3 * * *\ncontainer = b\ncommand = c\n';
    const { codes, findings } = await importOne("chadburn", text);
    expect({ codes, hint: findings[0]?.hint }).toEqual({ codes: ["import-line"], hint: "leave out the second" });
    expect((await importOne("chadburn", text.replace("0 0 3", "0 3"))).schedules).toEqual([["0 3 * * *"]]);
  });

  it("has jobs that events of containers start, which there are none of here", async () => {
    const text = '[job-lifecycle "a"]\ncontainer = b\nevent-type = start\ncommand = c\n';
    expect((await importOne("chadburn", text)).codes).toEqual(["import-lifecycle"]);
  });
});
