import { describe, expect, it, test } from "vitest";
import { importOne } from "./import-one.ts";

const system = { layout: "system" } as const;
const supercronic = { flavour: "supercronic" } as const;

describe("a line of a crontab becomes a job", () => {
  it("that runs the command by the shell of cron, with cron's policies and variables written out", async () => {
    const { keys, codes } = await importOne("crontab", "15 3 * * 1-5 root dump >/dev/null\n", system);
    expect(codes).toEqual([]);
    expect(keys).toEqual({
      schedule: "15 3 * * MON-FRI",
      timezone: "UTC",
      overlap: "allow",
      catch_up: "none",
      image: "busybox",
      user: "root",
      working_dir: "/root",
      environment: { SHELL: "/bin/sh", PATH: "/usr/bin:/bin", LOGNAME: "root", USER: "root" },
      entrypoint: [],
      command: ["/bin/sh", "-c", "dump >/dev/null"],
    });
  });

  it("that is quoted once, with the comments before it", async () => {
    const { text } = await importOne("crontab", "# nightly\nA=1\n5 5 * * * a\n# every hour\n@hourly b\n# end\n");
    const quotes = text.split("\n").filter((line) => line.includes("file:"));
    expect(quotes.slice(1).map((line) => line.trim())).toEqual([
      "# file:1  # nightly",
      "# file:2  A=1",
      "# file:3  5 5 * * * a",
      "# file:4  # every hour",
      "# file:5  @hourly b",
      "# file:6  # end",
    ]);
  });

  it("whose output goes to a file of the container, with a warning", async () => {
    const { codes } = await importOne("crontab", "* * * * * task.sh >> /var/log/x.log 2>&1\n", {
      path: "crontabs/root",
    });
    expect(codes).toEqual(["warning import-output"]);
  });

  it("with a zone and an image that are not known: both are said, and check refuses the image", async () => {
    const { text, codes } = await importOne("crontab", "5 5 * * * a\n", { image: "TODO" });
    expect(text).toContain("image: TODO");
    expect(codes).toContain("warning import-user");
  });
});

describe("what cron does to a command", () => {
  test.each([
    ["\\% is a percent sign", "date +\\%F", "date +%F"],
    ["% begins standard input, in quotes, too", "mail 'a%b'", "printf '%s\\n' 'b'\\''' | (mail 'a\n)"],
    ["each further % is a new line", "cat%a%b%", "printf '%s\\n' 'a' 'b' | (cat\n)"],
    ["a backslash before another sign stays", "a\\nb", "a\\nb"],
    ["two backslashes protect no %", "a\\\\%b", "printf '%s\\n' 'b' | (a\\\\\n)"],
    ["a dollar sign is doubled, so that no variable is filled in", "echo $HOME", "echo $$HOME"],
    ["a % at the end is empty standard input", "cat%", "cat"],
  ])("%s", async (_, command, script) => {
    expect((await importOne("crontab", `5 5 * * * ${command}\n`)).scripts).toEqual([script]);
  });

  it("supercronic does nothing to a %", async () => {
    expect((await importOne("crontab", "5 5 * * * date +%F\n", supercronic)).scripts).toEqual(["date +%F"]);
  });
});

describe("assignments", () => {
  const text = "5 5 * * * a\nLEVEL=9\n6 6 * * * b\nLEVEL = '1 2' \n7 7 * * * c\n";

  it("hold from their line on", async () => {
    const { jobs, codes } = await importOne("crontab", text);
    const levels = jobs.map(({ keys }) => (keys.environment as Record<string, string>).LEVEL);
    expect(levels).toEqual([undefined, "9", "1 2"]);
    expect(codes.filter((code) => code === "warning import-env-order")).toHaveLength(2);
  });

  it("hold for the whole file with supercronic, and the last one counts", async () => {
    const { jobs, codes } = await importOne("crontab", text.replace("'1 2' ", "'1 2'"), supercronic);
    expect(jobs.map(({ keys }) => keys.environment)).toEqual([{ LEVEL: "1 2" }, { LEVEL: "1 2" }, { LEVEL: "1 2" }]);
    expect(codes).toContain("warning import-env-order");
  });

  it("are not filled in: $HOME is five characters", async () => {
    const { keys, codes } = await importOne("crontab", "PATH=$HOME/bin:/bin\n5 5 * * * a\n");
    expect(keys.environment).toMatchObject({ PATH: "$$HOME/bin:/bin" });
    expect(codes).toContain("warning import-env");
  });

  it("name the shell and the folder", async () => {
    const { keys } = await importOne("crontab", "SHELL=/bin/bash\nHOME=/srv\n5 5 * * * root a\n", system);
    expect(keys).toMatchObject({ working_dir: "/srv", command: ["/bin/bash", "-c", "a"] });
  });

  it("name who is mailed, which is said", async () => {
    expect((await importOne("crontab", "MAILTO=ops\n5 5 * * * root a\n", system)).codes).toEqual([
      "warning import-mail",
    ]);
    const silent = await importOne("crontab", 'MAILTO=""\n5 5 * * * root a\n', system);
    expect({ codes: silent.codes, notify: silent.keys.notify }).toEqual({ codes: [], notify: [] });
  });

  it("with something after a quoted value are none, as cron has it", async () => {
    expect((await importOne("crontab", 'A="b" c\n')).codes).toEqual(["import-line"]);
  });
});

describe("time zones", () => {
  it("cronie: CRON_TZ holds from its line on", async () => {
    const { jobs } = await importOne("crontab", "5 5 * * * a\nCRON_TZ=Asia/Seoul\n5 5 * * * b\n", {
      flavour: "cronie",
    });
    expect(jobs.map(({ keys }) => keys.timezone)).toEqual(["UTC", "Asia/Seoul"]);
  });

  it("Debian's cron does not know CRON_TZ", async () => {
    const { jobs, codes } = await importOne("crontab", "CRON_TZ=Asia/Seoul\n5 5 * * * root b\n", {
      ...system,
      flavour: "debian",
    });
    expect(jobs.map(({ keys }) => keys.timezone)).toEqual(["UTC"]);
    expect(codes).toEqual(["warning import-zone"]);
  });

  it("supercronic: the last CRON_TZ holds for the whole file", async () => {
    const { jobs } = await importOne("crontab", "5 5 * * * a\nCRON_TZ=Asia/Seoul\n5 5 * * * b\n", supercronic);
    expect(jobs.map(({ keys }) => keys.timezone)).toEqual(["Asia/Seoul", "Asia/Seoul"]);
  });

  it("a TZ is a variable of the commands alone", async () => {
    const { keys } = await importOne("crontab", "TZ=Asia/Seoul\n5 5 * * * a\n");
    expect(keys).toMatchObject({ timezone: "UTC", environment: { TZ: "Asia/Seoul" } });
  });
});

describe("schedules mean what they meant", () => {
  test.each([
    ["weekdays by name", "0 0 * * 7", ["0 0 * * SUN"]],
    ["a week from Monday to Sunday", "0 0 * * 1-7", ["0 0 * * MON-SUN"]],
    ["a week with both Sundays", "0 0 * * 0-7", ["0 0 * * SUN-SAT"]],
    ["both days restricted: one is enough", "0 0 13 * 5", ["0 0 13 * FRI"]],
    ["a starred step with a weekday: both", "0 0 */2 * 1", ["0 0 */2 * MON"]],
    ["*/90 did run hourly", "*/90 * * * *", ["0 * * * *"]],
    ["*/90 at a fixed hour still follows the clock", "*/90 2 * * *", ["*/60 2 * * *"]],
    ["a day's step beyond the month still asks for both", "0 0 */40 * 1", ["0 0 1 * +MON"]],
    ["short names", "@daily", ["@daily"]],
  ])("cron: %s", async (_, written, expected) => {
    expect((await importOne("crontab", `${written} a\n`)).schedules).toEqual([expected]);
  });

  test.each([
    ["*/2 restricts, so one is enough: two schedules", "0 0 */2 * 1", ["0 0 */2 * *", "0 0 * * MON"]],
    ["*/1 restricts as well", "0 0 */1 * 1", ["0 0 */1 * *", "0 0 * * MON"]],
    ["the sixth field is the year, last", "0 3 * * 1 *", ["0 3 * * MON"]],
    ["a year", "0 0 1 1 * 2026 a", ["0 0 0 1 1 * 2026"]],
    ["a second and years", "30 0 3 * * 1 2026-2030/2,2035", ["30 0 3 * * MON 2026-2030/2,2035"]],
    ["seven fields: the second first", "30 0 3 * * 1 *", ["30 0 3 * * MON"]],
    ["the last Friday and the last day", "0 3 L * 5L", ["0 3 L * FRI#L"]],
    ["the nearest weekday", "0 3 15W * ?", ["0 3 15W * *"]],
    ["the second Friday", "0 3 * * fri#2", ["0 3 * * FRI#2"]],
    ["a step from a value", "5/15 * * * *", ["5/15 * * * *"]],
  ])("supercronic: %s", async (_, written, expected) => {
    expect((await importOne("crontab", `${written} a\n`, supercronic)).schedules).toEqual([expected]);
  });

  test.each([
    ["6~15 3 * * *", "H(6-15) 3 * * *"],
    ["~ 3~5 * * *", "H(0-59) H(3-5) * * *"],
    ["0 0 ~ ~6 ~", "0 0 H(1-31) H(1-6) H(0-6)"],
  ])("cronie: %s is %s, a value of the job's own, and said", async (written, schedule) => {
    const found = await importOne("crontab", `${written} root a\n`, { ...system, flavour: "cronie" });
    expect(found.keys.schedule).toBe(schedule);
    expect(new Set(found.codes)).toEqual(new Set(["warning import-jitter"]));
  });
});

describe("what cannot be imported stands in the output as a comment, and the exit code is 1", () => {
  test.each([
    ["@reboot with supercronic, which does not know it", "@reboot a\n", supercronic, "import-line"],
    ["the last line without a line end, which cron passes over", "5 5 * * * root a", system, "import-line-end"],
    ["six fields", "0 0 3 * * * root a\n", system, "import-line"],
    ["a step from a value", "5/15 * * * * root a\n", system, "import-line"],
    ["a range that runs backwards", "0 0 * * 6-2 root a\n", system, "import-line"],
    ["a day that never comes", "0 0 30 2 * root a\n", system, "import-schedule"],
    ["no command", "5 5 * * *\n", {}, "import-line"],
    ["a user and no command", "5 5 * * * root\n", system, "import-line"],
    ["a range from Friday to 7 with supercronic", "0 0 * * 5-7 a\n", supercronic, "import-line"],
    ["a name that cron does not know", "@every_minute a\n", {}, "import-line"],
    [
      "a zone that does not exist",
      "CRON_TZ=Mars/Base\n5 5 * * * root a\n",
      { ...system, flavour: "cronie" },
      "import-schedule",
    ],
  ])("%s", async (_, text, options, code) => {
    const { jobs, notImported, findings, text: output } = await importOne("crontab", text, options);
    expect(jobs).toEqual([]);
    expect(notImported).toHaveLength(1);
    expect(findings.filter(({ severity }) => severity === undefined).map((finding) => finding.code)).toEqual([code]);
    expect(output).toContain(`# NOT IMPORTED: ${code}: `);
  });

  it("supercronic takes a last line without a line end", async () => {
    expect((await importOne("crontab", "5 5 * * * a", supercronic)).jobs).toHaveLength(1);
  });
});

describe("what is said", () => {
  test.each([
    ["a minus sign in front", "-5 5 * * * root a\n", system, "import-log"],
    ["a random delay", "RANDOM_DELAY=45\n5 5 * * * root a\n", system, "import-jitter"],
    [
      "run-parts, which leaves out names with dots",
      "5 5 * * * root run-parts /etc/cron.daily\n",
      system,
      "import-run-parts",
    ],
    ["a user field where none is read", "5 5 * * * root a\n", { path: "crontabs/root" }, "import-user"],
    ["a carriage return at the end", "5 5 * * * root a\r\n", system, "import-line"],
    ["a CRON_TZ where the flavour is not given", "CRON_TZ=UTC\n5 5 * * * root a\n", system, "import-flavour"],
    ["a second with supercronic", "30 0 3 * * 1 * a\n", supercronic, "import-seconds"],
  ])("%s", async (_, text, options, code) => {
    const { jobs, codes } = await importOne("crontab", text, options);
    expect({ jobs: jobs.length, codes }).toEqual({ jobs: 1, codes: [`warning ${code}`] });
  });
});

describe("a lock keeps out nothing in a container of its own: the policy that does the same takes its place, and it is said", () => {
  test.each([
    ["flock -n /tmp/l a", "forbid"],
    ["/usr/bin/flock -xn -E 0 /tmp/l rsync a b", "forbid"],
    ["cd /srv && flock --nonblock /tmp/l a", "forbid"],
    ["flock /tmp/l rsync -n a b", "queue"],
    ["flock -w 10 /tmp/l a", "queue"],
    ["( flock -n 9 && a ) 9>/dev/null", "forbid"],
    ["run-one a", "forbid"],
    ["setlock -n /tmp/l a", "allow"],
  ])("%s: %s", async (command, overlap) => {
    const { keys, codes } = await importOne("crontab", `5 5 * * * root ${command}\n`, { layout: "system" });
    expect({ overlap: keys.overlap, codes }).toEqual({ overlap, codes: ["warning import-lock"] });
  });

  it("a file of such a name is no lock", async () => {
    const { codes } = await importOne("crontab", "5 5 * * * root rm -f /run/flock.pid; a --flock\n", {
      layout: "system",
    });
    expect(codes).toEqual([]);
  });
});

describe("the path says what kind of crontab it is", () => {
  test.each([
    ["/etc/crontab", "www-data"],
    ["image/etc/cron.d/shop", "www-data"],
    ["/var/spool/cron/crontabs/git", "git"],
    ["/etc/crontabs/root", "root"],
  ])("%s: user %s", async (path, user) => {
    const { keys } = await importOne("crontab", "5 5 * * * www-data a\n", { path });
    expect(keys.user).toBe(user);
  });
});

describe("a job is named after what its command runs", () => {
  test.each([
    ["/usr/local/bin/task.sh >> /var/log/a 2>&1", "task"],
    ["cd /srv/app && php artisan schedule:run >> /dev/null 2>&1", "artisan"],
    ["test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )", "cron.daily"],
    ["flock -n /tmp/lock timeout 30 nice -n 5 sh -c 'cd /x && ./run.py --all'", "run"],
    ["LANG=C /usr/bin/env python3 -u /srv/Report.py", "report"],
    ["[ -d /x ] && sudo -u git backup", "backup"],
    ["'a b'", "a-b"],
    [";", "job"],
  ])("%s: %s", async (command, name) => {
    expect((await importOne("crontab", `5 5 * * * ${command}\n`)).jobs.map((job) => job.name)).toEqual([name]);
  });

  it("of two that are the same, the second gets a number; a prefix stands before both", async () => {
    const { jobs } = await importOne("crontab", "5 5 * * * a\n6 6 * * * a\n", { prefix: "shop-" });
    expect(jobs.map(({ name }) => name)).toEqual(["shop-a", "shop-a-2"]);
  });
});
