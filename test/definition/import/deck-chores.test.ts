import { describe, expect, it, test } from "vitest";
import { importOne } from "./import-one.ts";

type Labels = Readonly<Record<string, string>>;

/** Imports a Compose file with one service, whose labels begin with `deck-chores.`. */
async function labelled(labels: Labels, options: Parameters<typeof importOne>[2] = {}, more: readonly string[] = []) {
  const lines = Object.entries(labels).map(([key, value]) => `      deck-chores.${key}: ${JSON.stringify(value)}`);
  const text = ["services:", "  web:", "    image: nginx", ...more, "    labels:", ...lines, ""].join("\n");
  return importOne("deck-chores", text, options);
}

/** One job whose trigger is what matters. */
async function triggered(trigger: Labels) {
  const named = Object.entries(trigger).map(([key, value]) => [`a.${key}`, value]);
  return labelled({ "a.command": "a", ...Object.fromEntries(named) });
}

it("a job runs in one container of its service", async () => {
  const { keys, codes, jobs } = await labelled(
    {
      "dump.command": "pg_dump -f '/x y' && echo",
      "dump.cron": "mon 3 30 0",
      "dump.timezone": "Europe/Berlin",
      "dump.user": "postgres",
      "dump.workdir": "/srv",
      "dump.env.LEVEL": "9",
    },
    { project: "shop" },
  );
  expect(jobs.map(({ name }) => name)).toEqual(["dump"]);
  expect(codes).toEqual(["warning import-dst"]);
  expect(keys).toEqual({
    schedule: "30 3 * * MON",
    timezone: "Europe/Berlin",
    overlap: "forbid",
    catch_up: "none",
    launch: "exec",
    service: "web",
    project: "shop",
    command: ["pg_dump", "-f", "/x y", "&&", "echo"],
    user: "postgres",
    working_dir: "/srv",
    environment: { LEVEL: "9" },
  });
});

describe("cron: APScheduler's fields, filled from the left", () => {
  test.each([
    ["seconds alone are due each minute", "15", "15 * * * * *"],
    ["minute and second", "5 0", "5 * * * *"],
    ["every third hour", "*/3 0 0", "0 */3 * * *"],
    ["Monday = 0: 6 is Sunday", "* * * * 6 1 0 0", "0 1 * * SUN"],
    ["Monday = 0: 0 is Monday", "0 1 0 0", "0 1 * * MON"],
    ["a range of weekdays", "0-4 1 0 0", "0 1 * * MON-FRI"],
    ["a step of weekdays counts from Monday", "*/2 1 0 0", "0 1 * * MON,WED,FRI,SUN"],
    ["a step that goes on to the end", "3/2 1 0 0", "0 1 * * THU,SAT"],
    ["names", "mon-wed,sat 1 0 0", "0 1 * * MON-WED,SAT"],
    ["day and weekday: both must match", "13 * fri 0 0 0", "0 0 13 * +FRI"],
    ["a starred day and a weekday: both", "*/2 * fri 0 0 0", "0 0 */2 * +FRI"],
    ["the last day", "last * * 0 0 0", "0 0 L * *"],
    ["months", "jan,jun-aug 1 * * 4 5 6", "6 5 4 1 jan,jun-aug *"],
    ["seconds", "*/10 * * * * * */20", "*/20 * * * */10 *"],
    ["a year", "2026 1 1 * * 0 0 0", "0 0 0 1 1 * 2026"],
    ["years", "2026-2030/2,2035 1 * * mon 0 0 30", "30 0 0 * 1 MON 2026-2030/2,2035"],
    ["every year", "* * 1 * * 0 0 0", "0 0 1 * *"],
    ["what follows a name is not looked at", "fri/2 1 0 0", "0 1 * * FRI"],
  ])("%s: %s", async (_, cron, expected) => {
    const { schedules, codes } = await triggered({ cron });
    expect({ schedules, codes }).toEqual({ schedules: [[expected]], codes: [] });
  });

  test.each([
    ["a week of the year", "*/2 mon 0 0 0", "import-week"],
    ["a crontab pattern, whose first field is a week here", "*/10 * * * *", "import-week"],
    ["a step that leads to no other value", "*/60 0", "import-line"],
    ["7 as a weekday", "7 1 0 0", "import-line"],
    ["a weekday's name in full", "monday 1 0 0", "import-line"],
    ["a range that runs backwards", "sat-mon 1 0 0", "import-line"],
    ["nine fields", "* * * * * * * * *", "import-line"],
    ["the second Friday, whose blank divides it", "2nd fri * * 0 0 0", "import-line"],
    ["a 30th of February", "2 30 * * 0 0 0", "import-schedule"],
  ])("%s is not imported: %s", async (_, cron, code) => {
    const { jobs, codes } = await triggered({ cron });
    expect({ jobs, codes }).toEqual({ jobs: [], codes: [code] });
  });
});

describe("interval and date", () => {
  test.each([
    ["daily", "@every 24h"],
    ["every minute", "@every 1m"],
    ["28 Days", "@every 672h"],
    ["4 wookies", "@every 672h"],
    ["42s 0.5d", "@every 12h42s"],
    ["42:00:00", "@every 42h"],
    ["100/00:00:00", "@every 2400h"],
    ["15", "@every 15s"],
  ])("interval: %s", async (interval, expected) => {
    const { schedules, codes } = await triggered({ interval });
    expect({ schedules, codes }).toEqual({ schedules: [[expected]], codes: ["warning import-interval"] });
  });

  it("date: once, in its zone", async () => {
    const { keys, codes } = await triggered({ date: "2027-05-08 00:01:00", timezone: "Asia/Seoul" });
    expect(keys).toMatchObject({ schedule: "@at 2027-05-08T00:01:00", timezone: "Asia/Seoul" });
    expect(codes).toEqual([]);
  });

  test.each([
    [{ interval: "3 xongs" }, "import-line"],
    [{ interval: "1.2.3.4.5.6" }, "import-line"],
    [{ date: "tomorrow" }, "import-schedule"],
    [{ cron: "0", interval: "daily" }, "import-line"],
    [{}, "import-line"],
  ])("%j is not imported", async (trigger, code) => {
    expect((await triggered(trigger as Labels)).codes).toEqual([code]);
  });
});

describe("what is said", () => {
  test.each([
    ["jitter, which was a second at most", { jitter: "600" }, ["warning import-jitter"]],
    ["several runs at the same time", { max: "3" }, ["warning import-overlap"]],
  ])("%s", async (_, more, codes) => {
    expect((await triggered({ cron: "1 0 0", ...more })).codes).toEqual(codes);
  });

  it("max above 1 is overlap: allow", async () => {
    expect((await triggered({ cron: "1 0 0", max: "3" })).keys.overlap).toBe("allow");
  });

  it("the zone, where neither the file nor the operator says it: UTC, its default", async () => {
    const text = (environment: string) =>
      `services:\n  officer:\n    image: ghcr.io/funkyfuture/deck-chores:1\n${environment}  web:\n    image: nginx\n    labels: { deck-chores.a.command: a, deck-chores.a.cron: "12 0 0" }\n`;
    const read = async (written: string) =>
      (await importOne("deck-chores", written, { isZoneGuessed: true })).keys.timezone;
    expect(await read(text("    environment: { TIMEZONE: Asia/Tel Aviv }\n"))).toBe("Asia/Tel_Aviv");
    expect(await read(text("    environment: [TIMEZONE=Europe/Berlin]\n"))).toBe("Europe/Berlin");
    expect(await read(text(""))).toBe("UTC");
    const alone = await importOne("deck-chores", text("").replace(/ {2}officer[\s\S]*? {2}web/, "  web"), {
      isZoneGuessed: true,
    });
    expect({ zone: alone.keys.timezone, codes: alone.codes }).toEqual({ zone: "UTC", codes: ["warning import-zone"] });
  });

  it("the user of all jobs of a container; flags have no effect there", async () => {
    const { keys, codes } = await labelled({
      "options.user": "www-data",
      "options.flags": "noservice",
      "a.command": "a",
      "a.cron": "1 0 0",
    });
    expect({ user: keys.user, codes }).toEqual({ user: "www-data", codes: ["warning import-unknown"] });
  });

  it("a container with a name of its own is named", async () => {
    const { keys } = await labelled({ "a.command": "a", "a.cron": "1 0 0" }, {}, ["    container_name: shop-web"]);
    expect(keys).toMatchObject({ container: "shop-web" });
    expect(keys).not.toHaveProperty("service");
  });
});

describe("what deck-chores does not run is not imported", () => {
  test.each([
    ["an attribute that it does not know", { "a.command": "a", "a.crom": "0" }, "import-line"],
    ["no command", { "a.cron": "0" }, "import-line"],
    ["a name with a capital", { "A.command": "a", "A.cron": "0" }, "import-line"],
    ["a user with a group", { "a.command": "a", "a.cron": "0", "a.user": "1:1" }, "import-line"],
    ["a relative folder", { "a.command": "a", "a.cron": "0", "a.workdir": "x" }, "import-line"],
    ["a quote without an end", { "a.command": "a 'b", "a.cron": "0" }, "import-line"],
    ["a schedule in a variable", { "a.command": "a", "a.cron": "$X" }, "import-variables"],
    ["a zone that does not exist", { "a.command": "a", "a.cron": "0", "a.timezone": "Mars/Base" }, "import-schedule"],
  ])("%s", async (_, labels, code) => {
    const { jobs, codes } = await labelled(labels);
    expect({ jobs, codes }).toEqual({ jobs: [], codes: [code] });
  });

  it("labels of a service of a Swarm, which it does not see", async () => {
    const text =
      "services:\n  web:\n    image: nginx\n    deploy:\n      labels:\n        deck-chores.a.command: a\n        deck-chores.a.cron: 1 0 0\n";
    expect((await importOne("deck-chores", text)).codes).toEqual(["import-key"]);
  });
});
