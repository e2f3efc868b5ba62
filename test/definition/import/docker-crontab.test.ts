import { describe, expect, it, test } from "vitest";
import { importOne } from "./import-one.ts";

type Fields = Readonly<Record<string, unknown>>;

const job = { schedule: "0 3 * * *", command: "a", image: "busybox" };

/** Imports a file with one job. */
async function one(fields: Fields, options: Parameters<typeof importOne>[2] = {}) {
  return importOne("docker-crontab", JSON.stringify([{ ...job, ...fields }]), options);
}

describe("the forms of the file", () => {
  test.each([
    ["JSON, a list", '[{"schedule": "0 3 * * *", "command": "a b", "image": "busybox:1"}]'],
    ["JSON, a map", '{"x": {"schedule": "0 3 * * *", "command": "a b", "image": "busybox:1"}}'],
    ["YAML, a list", "- schedule: 0 3 * * *\n  command: a b\n  image: busybox:1\n"],
    ["YAML, a map", "x: &a\n  schedule: 0 3 * * *\n  command: a b\n  image: busybox:1\n"],
    ["TOML", '[x]\nschedule = "0 3 * * *"\ncommand = "a b"\nimage = "busybox:1"\n'],
    ["TOML with a table in a line", 'x = { schedule = "0 3 * * *", command = "a b", image = "busybox:1" }\n'],
  ])("%s", async (_, text) => {
    const { jobs, codes } = await importOne("docker-crontab", text);
    expect(codes).toEqual([]);
    expect(jobs.map(({ keys }) => keys)).toEqual([
      {
        schedule: "0 3 * * *",
        timezone: "UTC",
        overlap: "forbid",
        catch_up: "none",
        image: "busybox:1",
        command: ["a", "b"],
      },
    ]);
  });

  it("each line is quoted once, with the job that it is in", async () => {
    const text =
      '# all jobs\n[a]\nschedule = "0 3 * * *"\ncommand = "a"\n\n["b c"]\nschedule = "0 4 * * *"\ncommand = "b"\n';
    const { jobs, text: output } = await importOne("docker-crontab", text);
    expect(jobs.map(({ name, quotes }) => [name, quotes.map(({ line }) => line)])).toEqual([
      ["a", [2, 3, 4]],
      ["b-c", [6, 7, 8]],
    ]);
    expect(output.match(/^ {2}# file:\d/gm)).toHaveLength(7);
  });

  test.each([
    ["JSON", '[{"schedule": '],
    ["TOML", "[a\nschedule = 1\n[b]\n"],
    ["nothing", ""],
    ["a text", "hello\n"],
  ])("what is none is one mistake with a place: %s", async (_, text) => {
    const { jobs, codes } = await importOne("docker-crontab", text);
    expect({ jobs, codes }).toEqual({ jobs: [], codes: ["import-line"] });
  });
});

describe("a schedule is what its script and BusyBox's crond make of it", () => {
  test.each([
    ["@daily", "@daily", []],
    ["@every 5m", "*/5 * * * *", []],
    ["@every 1h30m", "0 * * * *", ["warning import-step"]],
    ["@every 2h", "0 * * * *", ["warning import-step"]],
    ["@every 45m", "*/45 * * * *", ["warning import-step"]],
    ["@every 30s", "0 * * * *", ["warning import-step"]],
    ["0 3 */2 * *", "0 3 2,4,6,8,10,12,14,16,18,20,22,24,26,28,30 * *", ["warning import-step"]],
    ["0 3 * * 7", "0 3 * * *", ["warning import-line"]],
  ])("%s", async (schedule, expected, said) => {
    const { schedules, codes } = await one({ schedule });
    expect({ schedules, codes }).toEqual({ schedules: [[expected]], codes: said });
  });

  test.each([
    ["six fields", { schedule: "0 0 3 * * *" }, "import-line"],
    ["a name that it does not know", { schedule: "@reboot" }, "import-line"],
    ["none", { schedule: null }, "import-schedule"],
    ["@random, which is SimplicityGuy's", { schedule: "@random @m" }, "import-line"],
    ["a 31st of February", { schedule: "0 3 31 2 *" }, "import-schedule"],
  ])("%s is not imported", async (_, fields, code) => {
    const { jobs, codes } = await one(fields, { flavour: "willfarrell" });
    expect({ jobs, codes }).toEqual({ jobs: [], codes: [code] });
  });

  it("SimplicityGuy's: @random is a value of the job's own; @every is skipped", async () => {
    const random = await one({ schedule: "@random @m @h @d" });
    expect(random.codes).toEqual(["warning import-flavour", "warning import-jitter"]);
    expect(random.schedules).toEqual([["H H * * H"]]);
    expect((await one({ schedule: "@every 5m" }, { flavour: "simplicityguy" })).codes).toEqual(["import-line"]);
  });

  it("SimplicityGuy's: a map names its jobs, and shares settings", async () => {
    const text = JSON.stringify({
      "~~shared-settings": { image: "busybox" },
      nightly: { schedule: "@daily", command: "a" },
    });
    const { jobs, codes, keys } = await importOne("docker-crontab", text);
    expect({ names: jobs.map(({ name }) => name), codes, image: keys.image }).toEqual({
      names: ["nightly"],
      codes: ["warning import-flavour"],
      image: "busybox",
    });
  });
});

describe("where it runs", () => {
  it("in a container of its own, with the options of docker run", async () => {
    const dockerargs =
      '-it --rm -v /srv:/data:ro -v cache:/c --net host -e A="b c" --env=D=e -u 33 -w /w --memory 64m --read-only';
    const { keys, codes } = await one({ dockerargs, volumes: ["/x:/y"], environment: ["F=$g"] });
    expect(codes).toEqual([]);
    const bind = (source: string, target: string, more: object) => ({
      ...{ type: "bind", source, target },
      ...more,
      bind: { create_host_path: "true" },
    });
    expect(keys).toMatchObject({
      tty: "true",
      volumes: [bind("/srv", "/data", { read_only: "true" }), "cache:/c", bind("/x", "/y", {})],
      network_mode: "host",
      environment: ["A=b c", "D=e", "F=$$g"],
      user: "33",
      working_dir: "/w",
      mem_limit: "64m",
      read_only: "true",
    });
  });

  it("a detached container lets the next one start next to it, unless it has a name", async () => {
    expect((await one({ dockerargs: "-d" })).keys.overlap).toBe("allow");
    expect((await one({ dockerargs: "-d --name x" })).keys.overlap).toBe("forbid");
    expect((await one({ dockerargs: "-d", name: "x" })).keys.overlap).toBe("forbid");
  });

  it("in a container that runs, and with a project in one container of a service, where it ran in all", async () => {
    const exec = await one({ image: null, container: "web", dockerargs: "-u www-data" });
    expect({ keys: exec.keys, codes: exec.codes }).toMatchObject({
      keys: { launch: "exec", container: "web", command: ["a"], user: "www-data" },
      codes: [],
    });
    const scaled = await one({ image: null, container: "web", project: "shop" });
    expect({ keys: scaled.keys, codes: scaled.codes }).toMatchObject({
      keys: { launch: "exec", service: "web", project: "shop" },
      codes: ["warning import-replicas"],
    });
  });

  it("in itself, by bash", async () => {
    const { keys, codes } = await one({ image: null, command: "a | b $X" });
    expect({ command: keys.command, codes }).toEqual({
      command: ["/bin/bash", "-c", "a | b $$X"],
      codes: ["warning import-local"],
    });
  });

  it("bash fills in its own variables, outside of single quotes", async () => {
    const braced = (name: string) => `$\{${name}}`;
    const { keys, codes } = await one({ command: `sh -c 'echo $A' "$B" ${braced("C")}`, image: braced("IMAGE") });
    expect(keys).toMatchObject({ command: ["sh", "-c", "echo $$A", braced("B"), braced("C")], image: braced("IMAGE") });
    expect(codes).toEqual(["warning import-variables", "warning import-variables"]);
  });

  test.each([
    ["a pipe, whose end runs in docker-crontab itself", { command: "a | b" }, "import-local"],
    ["an option that has no key", { dockerargs: "--link db" }, "import-key"],
    ["a quote without an end", { command: "sh -c 'a" }, "import-local"],
    ["no command", { command: null }, "import-line"],
    ["what check would refuse", { dockerargs: "--memory lots" }, "import-key"],
  ])("%s is not imported", async (_, fields, code) => {
    const { jobs, codes } = await one(fields);
    expect({ jobs, codes }).toEqual({ jobs: [], codes: [code] });
  });

  test.each([
    ["a redirection, of which the log is made here", { command: "a >> /proc/1/fd/1 2>&1" }, "import-output"],
    ["onstart", { onstart: true }, "import-lifecycle"],
    ["ports", { dockerargs: "-p 80:80" }, "import-key"],
    ["a file of variables", { dockerargs: "--env-file /opt/env" }, "import-env"],
    ["a key that it does not know", { Schedule: "x" }, "import-unknown"],
  ])("%s is said", async (_, fields, code) => {
    const { jobs, codes } = await one(fields);
    expect({ count: jobs.length, codes }).toEqual({ count: 1, codes: [`warning ${code}`] });
  });
});

it("the one job that it triggers starts after it, and is not imported without it", async () => {
  const { jobs, codes } = await one({ trigger: [{ command: "b", container: "x" }] });
  expect(jobs.map(({ name, keys }) => [name, keys.schedule === undefined, keys.after])).toEqual([
    [jobs[0]?.name, false, undefined],
    ["b", true, jobs[0]?.name],
  ]);
  expect(codes).toEqual(["warning import-overlap"]);
  const alone = await one({ schedule: "nonsense", trigger: [{ command: "b", container: "x" }] });
  expect({ jobs: alone.jobs, notImported: alone.notImported.length }).toEqual({ jobs: [], notImported: 2 });
});

it("each of several jobs that it triggers is one that is not imported", async () => {
  const { jobs, notImported, codes } = await one({ trigger: [{ command: "b", container: "x" }, { command: "c" }] });
  expect({ jobs: jobs.length, notImported: notImported.length, codes }).toEqual({
    jobs: 1,
    notImported: 2,
    codes: ["import-lifecycle", "import-lifecycle"],
  });
});
