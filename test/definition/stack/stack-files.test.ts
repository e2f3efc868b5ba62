import { describe, expect, it, test } from "vitest";
import { parseStackFile, type StackFileSettings } from "../../../src/definition/stack/parse-stack-file.ts";
import { DEFAULT_LABEL_RULES } from "../../../src/job/label-rules.ts";
import { formatProblem } from "../../../src/job/problem.ts";
import { fileSettings } from "../parse.ts";

function read(text: string, change: Partial<StackFileSettings> = {}) {
  const settings = { ...fileSettings, path: "shop.yml", folder: "/srv/shop", instance: "shipbell" };
  const { jobs, problems } = parseStackFile(text, { ...settings, rules: DEFAULT_LABEL_RULES, ...change });
  return { jobs: jobs.map(({ name }) => name), says: problems.map(formatProblem) };
}

/** A file with one service of the name `backup`. */
function service(...lines: readonly string[]): string {
  return ["services:", "  backup:", "    image: busybox", ...lines.map((line) => `    ${line}`), ""].join("\n");
}

/** Labels of a service of a Swarm; the first stands in line 7, column 9. */
const deployed = (...labels: readonly string[]) =>
  service("deploy:", "  replicas: 0", "  labels:", ...labels.map((label) => `    ${label}`));

/** Labels of a container that Compose does not start; the first stands in line 6, column 7. */
const ofContainer = (...labels: readonly string[]) =>
  service("profiles: [jobs]", "labels:", ...labels.map((label) => `  ${label}`));

const daily = 'shipbell.schedule: "@daily"';
const second = "would start a second copy of it";

describe("labels declare what they will declare when the file is deployed", () => {
  test.each([
    ["a service of a stack", deployed(daily), "shop_backup"],
    ["its labels as a list", deployed("- shipbell.schedule=@daily"), "shop_backup"],
    [
      "several jobs of it",
      deployed("shipbell.jobs.a.schedule: '@daily'", "shipbell.jobs.b.schedule: '@daily'"),
      "shop_backup.a shop_backup.b",
    ],
    ["a container of Compose", ofContainer(daily), "shop-backup-1"],
    ["a container with a name", service("container_name: Shop", "profiles: [jobs]", `labels: { ${daily} }`), "shop"],
    ["a project with a name", `name: till\n${ofContainer(daily)}`, "till-backup-1"],
    [
      "a command in what runs on",
      service(
        "restart: always",
        "labels:",
        "  shipbell.jobs.a.schedule: '@daily'",
        "  shipbell.jobs.a.launch: exec",
        "  shipbell.jobs.a.command: dump",
      ),
      "shop-backup-1.a",
    ],
    ["an instance that is not that of these settings", deployed(daily, "shipbell.instance: other"), "shop_backup"],
    ["labels that are merged", `x-l: &l { ${daily} }\n${deployed("<<: *l", "shipbell.timeout: 1h")}`, "shop_backup"],
    ["a schedule from a variable", deployed('shipbell.schedule: "$' + '{WHEN:-@daily}"'), "shop_backup"],
  ])("%s", (_what, text, jobs) => {
    expect(read(text)).toEqual({ jobs: jobs.split(" "), says: [] });
  });

  it("as the stack that the operator names", () => {
    expect(read(deployed(daily), { project: "till" }).jobs).toEqual(["till_backup"]);
  });

  it("with the label prefix of the settings", () => {
    const rules = { ...DEFAULT_LABEL_RULES, labelPrefix: "cron" };
    expect(read(deployed('cron.schedule: "@daily"'), { rules }).jobs).toEqual(["shop_backup"]);
  });
});

describe("mistakes are those that the scheduler would find, where they stand in the file", () => {
  test.each([
    ["a schedule", deployed('shipbell.schedule: "0 61 * * *"'), '7:28: "0 61 * * *" is not a schedule'],
    [
      "a key",
      deployed(daily, "shipbell.timeuot: 1h"),
      '8:9: unknown label "shipbell.timeuot" (did you mean shipbell.timeout?)',
    ],
    ["a value", deployed(daily, "shipbell.timeout: 90"), "8:27: timeout must be a duration above 0"],
    ["an entry of a list", deployed("- shipbell.schedule=@daily", "- shipbell.timeout=90"), "8:11: timeout must be"],
    [
      "a value in a map",
      `x-l: &l\n  shipbell.overlap: yes\n${deployed(daily, "<<: *l")}`,
      "2:21: overlap must be forbid",
    ],
    ["a label that is missing", deployed("shipbell.timeout: 1h"), "2:3: schedule is missing"],
    ["no label at all, but a list", deployed(daily, "shipbell.notify: [ops]"), "8:26: a label must be a text"],
    ["a word that docker refuses", deployed(daily, "shipbell.suspended: true"), "8:29: docker stack deploy refuses"],
    [
      "a name of no instance",
      deployed(daily, "shipbell.instance: No!"),
      '8:9: "No!" cannot be the name of an instance',
    ],
    [
      "a variable that must be set",
      deployed("shipbell.schedule: $" + "{WHEN:?say when}"),
      "7:28: the variable WHEN must be set",
    ],
    ["a service that runs on", service("deploy:", `  labels: { ${daily} }`), second],
    ["a global service", service("deploy:", "  mode: global-job", `  labels: { ${daily} }`), "in mode global-job"],
    ["a container that stays up", service("restart: always", `labels: { ${daily} }`), second],
    ["a container that is never made", service("scale: 0", `labels: { ${daily} }`), "2:3: Compose makes no container"],
    ["a user of a service", deployed(daily, 'shipbell.user: "1"'), '8:24: user "1" cannot be set by a label'],
    ["exec in a service", deployed(daily, "shipbell.launch: exec", "shipbell.command: a"), "8:26:"],
  ])("%s", (_what, text, says) => {
    const read_ = read(text);
    expect(read_.jobs).toEqual([]);
    expect(read_.says).toEqual([expect.stringContaining(says)]);
    expect(read_.says[0]).toMatch(/^shop\.yml:\d+:\d+: /);
  });

  it("a setting does not allow it", () => {
    const rules = { ...DEFAULT_LABEL_RULES, allowImages: ["alpine"] };
    const { jobs, says } = read(deployed(daily), { rules });
    expect(jobs).toEqual([]);
    expect(says).toEqual([expect.stringMatching(/^shop\.yml:7:9: --allow-images does not allow the image "busybox"/)]);
  });

  it("in the order of the lines, each once", () => {
    const text = `x-l: &l { shipbell.overlap: no }\n${deployed("shipbell.timeout: 1", daily, "<<: *l")}  copy:\n    image: busybox\n    deploy: { replicas: 0, labels: { <<: *l, ${daily} } }\n`;
    expect(read(text).says.map((line) => line.split(": ")[0])).toEqual(["shop.yml:1:29", "shop.yml:8:27"]);
  });
});

describe("a warning is what only the engine knows, or what is easily mistaken", () => {
  test.each([
    [
      "a container that runs for a while",
      service(`labels: { ${daily} }`),
      "4:15: warning: docker compose up starts this container",
    ],
    [
      "a user whom the image may refuse",
      ofContainer(daily, "shipbell.user: app"),
      "7:7: warning: this label is refused unless the image runs as root",
    ],
    [
      "a variable that is not set",
      deployed(daily, "shipbell.timezone: UTC$" + "{Z}"),
      "8:28: warning: the variable Z is not set",
    ],
    [
      "labels of a container in a stack",
      service("deploy:", "  replicas: 0", `  labels: { ${daily} }`, "labels: { shipbell.timeout: 1h }"),
      "2:3: warning: shipbell.timeout is a label of the service's containers",
    ],
    [
      "labels from elsewhere",
      service("extends: base", "profiles: [jobs]", `labels: { ${daily} }`),
      "4:5: warning: the labels that the service backup has by extends are not checked",
    ],
  ])("%s", (_what, text, says) => {
    const { jobs, says: said } = read(text);
    expect(jobs).toHaveLength(1);
    expect(said).toEqual([expect.stringContaining(`shop.yml:${says}`)]);
  });

  it("labels that are all misplaced declare nothing", () => {
    const text = service("deploy: { replicas: 0 }", `labels: { ${daily} }`);
    expect(read(text)).toEqual({
      jobs: [],
      says: [expect.stringContaining("move it from labels: to deploy: labels:")],
    });
    expect(read(service(`labels: { ${daily} }`), { engine: "service" })).toEqual({
      jobs: [],
      says: [expect.stringContaining("move it from labels: to deploy: labels:")],
    });
  });

  it("variables of other tools' labels are none of its business", () => {
    expect(read(deployed(daily, "traefik.rule: Host($" + "{DOMAIN})")).says).toEqual([]);
  });
});

describe("what a file is", () => {
  it("a schedule file stays one", () => {
    const text = "jobs:\n  services: { schedule: '@daily', image: busybox }\n";
    expect(read(text)).toEqual({ jobs: ["services"], says: [] });
  });

  it("a file with jobs under services is a schedule file with a mistake", () => {
    const { says } = read("services:\n  a: { schedule: '@daily', image: busybox }\n");
    expect(says).toEqual([expect.stringContaining("did you mean jobs?")]);
  });

  it("a Compose file without a label is neither, and says so", () => {
    expect(read(service("labels: { traefik.enable: 'true' }"))).toEqual({
      jobs: [],
      says: [
        expect.stringMatching(
          /^shop\.yml:1:1: this file declares no job: it has no jobs, and no service in it has a label/,
        ),
      ],
    });
  });

  test.each([
    ["YAML that is broken", "services:\n  a: [\n"],
    ["a text", "services"],
    ["services that are a list", "services: [a]\n"],
    ["labels that are a text", service("labels: shipbell.schedule")],
    ["a service that is nothing", "services:\n  a:\n"],
    ["brackets without an end", `services: ${"[".repeat(20_000)}`],
    ["a map that holds itself", "services: &s\n  a: *s\n"],
  ])("%s is a problem, and never an exception", (_what, text) => {
    const { jobs, says } = read(text);
    expect(jobs).toEqual([]);
    expect(says).not.toEqual([]);
  });
});
