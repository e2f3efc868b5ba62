import { describe, expect, it, test } from "vitest";
import { importOne } from "./import-one.ts";

/** A stack with one service; `labels` and `more` are lines of its deploy section and of the service. */
function stack(labels: readonly string[], more: readonly string[] = []): string {
  return [
    "services:",
    "  backup:",
    "    image: busybox",
    "    networks: [back]",
    ...more.map((line) => `    ${line}`),
    "    deploy:",
    "      restart_policy: { condition: none }",
    "      labels:",
    ...labels.map((label) => `        - "swarm.cronjob.${label}"`),
    "networks: { back: { external: true } }",
    "",
  ].join("\n");
}

const read = (labels: readonly string[], more: readonly string[] = [], options = {}) =>
  importOne("swarm-cronjob", stack(["enable=true", ...labels], more), { project: "shop", ...options });

describe("a service that swarm-cronjob starts becomes a job", () => {
  it("with the keys of the service, and swarm-cronjob's policies written out", async () => {
    const { jobs, codes, text } = await read(["schedule=0 3 * * *"], ["command: dump $$HOME", "user: app"]);
    expect(codes).toEqual([]);
    expect(jobs.map(({ name, keys }) => [name, keys])).toEqual([
      [
        "backup",
        {
          schedule: "0 3 * * *",
          timezone: "UTC",
          overlap: "replace",
          catch_up: "none",
          image: "busybox",
          command: "dump $$HOME",
          user: "app",
          networks: ["back"],
        },
      ],
    ]);
    expect(text).toContain("networks:\n  back:\n    external: true\n    name: back\n");
  });

  test.each([
    ["skip-running=true", "forbid"],
    ["skip-running=1", "forbid"],
    ["skip-running=false", "replace"],
    ["replicas=1", "replace"],
  ])("%s: overlap %s", async (label, overlap) => {
    expect((await read(["schedule=@daily", label])).keys.overlap).toBe(overlap);
  });

  it("suspended, where it is not enabled", async () => {
    const { keys } = await importOne("swarm-cronjob", stack(["enable=false", "schedule=@daily"]));
    expect(keys.suspended).toBe("true");
  });

  it("is quoted once: each line that has its labels", async () => {
    const { text } = await read(["schedule=@daily", "skip-running=true"]);
    const quoted = text.split("\n").filter((line) => /^ *# file:/.test(line));
    expect(quoted).toHaveLength(3);
  });

  it("in the zone of the TZ of swarm-cronjob itself, where the file has that", async () => {
    const scheduler = "services:\n  cron:\n    image: crazymax/swarm-cronjob:1.14\n    environment: { TZ: Asia/Seoul }";
    const { keys } = await importOne(
      "swarm-cronjob",
      stack(["enable=true", "schedule=@daily"]).replace("services:", scheduler),
    );
    expect(keys.timezone).toBe("Asia/Seoul");
  });
});

describe("schedules are those of robfig/cron", () => {
  test.each([
    ["0 0 3 * * *", ["0 3 * * *"]],
    ["30 0 3 * * *", ["30 0 3 * * *"]],
    ["0 0 13 * 5", ["0 0 13 * FRI"]],
    ["0 0 */2 * 1", ["0 0 */2 * *", "0 0 * * MON"]],
    ["0 0 */1 * 1", ["0 0 * * MON"]],
    ["0 0 ? * mon-fri", ["0 0 * * MON-FRI"]],
    ["0 0 1,* * 1", ["0 0 * * MON"]],
    ["*/90 * * * *", ["0 * * * *"]],
    ["5/15 * * * *", ["5/15 * * * *"]],
    ["@every 90s", ["@every 90s"]],
    ["@every 1.5h", ["@every 5400s"]],
    ["@every 100ms", ["@every 1s"]],
  ])("%s", async (written, expected) => {
    expect((await read([`schedule=${written}`])).schedules).toEqual([expected]);
  });

  it("CRON_TZ= in front names the zone", async () => {
    expect((await read(["schedule=CRON_TZ=Asia/Tokyo 0 3 * * *"])).keys).toMatchObject({
      schedule: "0 3 * * *",
      timezone: "Asia/Tokyo",
    });
  });

  test.each(["0 0 * * 7", "0 0 L * *", "@reboot", "@every 1d", "0 0 * *", "0 0 0 0 * * *", "@Daily"])(
    "%s is not one, so swarm-cronjob never starts the service: exit code 1",
    async (written) => {
      const { jobs, notImported, codes } = await read([`schedule=${written}`]);
      expect({ jobs: jobs.length, notImported: notImported.length, codes }).toEqual({
        jobs: 0,
        notImported: 1,
        codes: ["import-line"],
      });
    },
  );
});

describe("what is said", () => {
  test.each([
    ["replicas", ["replicas=3"], [], "import-replicas"],
    ["a label that swarm-cronjob does not know", ["skip-runing=true"], [], "import-unknown"],
    ["keys that a run has not", [], ["ports: ['80:80']", "restart: always"], "import-key"],
  ])("%s", async (_, labels, more, code) => {
    expect((await read(["schedule=@daily", ...labels], more)).codes).toEqual([`warning ${code}`]);
  });

  it.each(["global", "global-job"])("a service in mode %s runs on each node there, and does so here", async (mode) => {
    const text = stack(["enable=true", "schedule=@daily"]).replace("deploy:\n", `deploy:\n      mode: ${mode}\n`);
    expect(await importOne("swarm-cronjob", text)).toMatchObject({ codes: [], keys: { nodes: "each" } });
  });

  it("a restart policy under which Swarm starts the task again", async () => {
    const text = stack(["enable=true", "schedule=@daily"]);
    const none = "restart_policy: { condition: none }";
    expect((await importOne("swarm-cronjob", text.replace(none, "replicas: 0"))).codes).toEqual([
      "warning import-retries",
    ]);
    const { keys, codes } = await importOne(
      "swarm-cronjob",
      text.replace(none, "restart_policy: { condition: on-failure, max_attempts: 3, delay: 10s }"),
    );
    expect({ codes, retries: keys.retries }).toEqual({
      codes: [],
      retries: { limit: "3", delay: "10s", max_delay: "10s" },
    });
  });

  it("the name of the stack, which begins those of its networks: a variable, until it is known", async () => {
    const text = stack(["enable=true", "schedule=@daily"]).replace("{ external: true }", "{}");
    const unknown = await importOne("swarm-cronjob", text);
    expect(unknown.codes).toEqual(["warning import-project"]);
    expect(unknown.text).toMatch(/name: "\$\{STACK:\?.*\}_back"/);
    expect((await importOne("swarm-cronjob", text, { project: "shop" })).text).toContain("name: shop_back");
    expect((await importOne("swarm-cronjob", `name: web\n${text}`)).text).toContain("name: web_back");
  });
});

describe("what is not imported", () => {
  test.each([
    ["no schedule", stack(["enable=true"]), "import-schedule"],
    ["a schedule that is a variable", stack(["enable=true", "schedule=$" + "{WHEN}"]), "import-variables"],
    [
      "labels of the containers, which swarm-cronjob does not see",
      "services: { a: { image: b, labels: [swarm.cronjob.enable=true] } }",
      "import-key",
    ],
    ["a text that is no YAML", "services: [", "import-line"],
    ["a file without services", "a: b", "import-line"],
  ])("%s", async (_, text, code) => {
    const { jobs, notImported, findings } = await importOne("swarm-cronjob", text);
    expect({ jobs, notImported: notImported.length }).toEqual({ jobs: [], notImported: 1 });
    expect(findings.at(-1)).toMatchObject({ code });
  });

  it("a variable with a default has the default", async () => {
    const { schedules, codes } = await read(["schedule=$" + "{WHEN:-0 3 * * *}"]);
    expect({ schedules, codes }).toEqual({ schedules: [["0 3 * * *"]], codes: ["warning import-variables"] });
  });
});
