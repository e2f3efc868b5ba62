import { describe, expect, it, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { exportCompose } from "../../../src/definition/export/compose/export-compose.ts";
import { checkSchedule } from "../../../src/schedule/timetable.ts";
import { fileSettings } from "../parse.ts";
import { importOne } from "./import-one.ts";

/** Imports one job with these keys next to its image. */
async function job(keys: object, top: object = { name: "shop" }) {
  return importOne("compose", JSON.stringify({ ...top, jobs: { a: { image: "busybox:1", ...keys } } }));
}

const at = (entry: unknown) => ({ triggers: { schedule: [entry] } });

describe("a job of Docker's becomes one of ours, with Docker's defaults written out", () => {
  test.each([
    [
      "a pattern alone",
      at("0 3 * * 1-5"),
      { schedule: "0 3 * * MON-FRI", timezone: "UTC", overlap: "forbid", catch_up: "last", init: "false" },
    ],
    [
      "all of an entry",
      at({ cron: "0 3 * * *", timezone: "Asia/Seoul", concurrency: "queue", missed_fires: "skip" }),
      { schedule: "0 3 * * *", timezone: "Asia/Seoul", overlap: "queue", queue_limit: "1", catch_up: "none" },
    ],
    ["people alone", { triggers: { manual: true } }, { schedule: [], init: "false" }],
    ["an init", { ...at("0 3 * * *"), init: true }, { init: "true" }],
    [
      "a folder of the host, which Docker creates",
      { ...at("0 3 * * *"), volumes: ["/srv:/srv:ro"] },
      {
        volumes: [
          { type: "bind", source: "/srv", target: "/srv", read_only: "true", bind: { create_host_path: "true" } },
        ],
      },
    ],
    ["keys that are no one's business", { ...at("0 3 * * *"), "x-a": 1, working_dir: "/x" }, { working_dir: "/x" }],
  ])("%s", async (_, keys, expected) => {
    const { keys: imported, codes } = await job(keys);
    expect({ imported, codes }).toMatchObject({ imported: expected, codes: [] });
  });

  test.each([
    ["depends_on", { depends_on: ["db"] }, "import-lifecycle"],
    ["a profile", { profiles: ["debug"] }, "import-key"],
    ["a build next to an image", { build: "." }, "import-key"],
    ["a step that leads beyond its field", { triggers: { schedule: ["*/90 * * * *"] } }, "import-step"],
  ])("%s is said", async (_, keys, code) => {
    const { jobs, codes } = await job({ ...at("0 3 * * *"), ...keys });
    expect({ count: jobs.length, codes }).toEqual({ count: 1, codes: [`warning ${code}`] });
  });

  test.each([
    ["two entries", { triggers: { schedule: ["0 3 * * *", "0 4 * * *"] } }, "import-key"],
    ["a name of a day, which Docker refuses", at("0 3 * * MON"), "import-line"],
    ["a step of one number, which Docker refuses", at("5/15 * * * *"), "import-line"],
    ["six fields", at("0 0 3 * * *"), "import-line"],
    ["no triggers", {}, "import-line"],
    ["ports", { ...at("0 3 * * *"), ports: ["80:80"] }, "import-key"],
    ["a variable", at("$WHEN"), "import-variables"],
    ["a day that never comes", at("0 3 30 2 *"), "import-schedule"],
  ])("%s is not imported", async (_, keys, code) => {
    const { jobs, codes } = await job(keys);
    expect({ jobs, codes }).toEqual({ jobs: [], codes: [code] });
  });

  test.each([["services: {}\n"], ["jobs: 3\n"], [""], ["[a"], ["jobs: { a: 1 }\n"]])(
    "what has no jobs is one mistake: %j",
    async (text) => {
      const { jobs, codes } = await importOne("compose", text);
      expect({ jobs, codes }).toEqual({ jobs: [], codes: ["import-line"] });
    },
  );

  it("without a project, its name is a variable that check wants set", async () => {
    const { text, codes } = await job(at("0 3 * * *"), {});
    expect(codes).toEqual(["warning import-project"]);
    expect(text).toContain("${COMPOSE_PROJECT_NAME:?");
  });
});

it("imported and exported again, it is the same file up to spelling", async () => {
  const compose = {
    name: "shop",
    jobs: {
      backup: {
        image: "postgres:17",
        command: "pg_dump -f /b/x.sql",
        environment: { A: "b" },
        volumes: ["backups:/b"],
        triggers: {
          schedule: [{ cron: "15 3 * * 1-5", timezone: "UTC", concurrency: "queue", missed_fires: "skip" }],
        },
      },
      migrate: { image: "x:1", network_mode: "none", triggers: { manual: true } },
    },
    volumes: { backups: { driver: "local" } },
  };
  const { text, codes } = await importOne("compose", JSON.stringify(compose));
  expect(codes).toEqual([]);
  const { text: again, findings } = exportCompose(text, { ...fileSettings, checkSchedule });
  expect(findings).toEqual([]);
  expect(parseYaml(again)).toEqual({
    volumes: { backups: { driver: "local", name: "shop_backups" } },
    networks: { default: { external: true, name: "shop_default" } },
    jobs: {
      backup: { ...compose.jobs.backup, init: false, networks: ["default"] },
      migrate: { ...compose.jobs.migrate, init: false },
    },
  });
});
