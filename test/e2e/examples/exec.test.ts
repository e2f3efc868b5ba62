// @module-tag full
import { afterAll, beforeAll, expect, it } from "vitest";
import { engineAt } from "../../lab/engine-client.ts";
import { ensureImages } from "../../lab/images.ts";
import { needCommands } from "../../lab/machine/packages.ts";
import { runCommand } from "../../lab/machine/run-command.ts";
import { testEngine } from "../../lab/test-engine.ts";
import { eventually } from "../eventually.ts";
import { EVERY_SECOND } from "../schedules.ts";
import { Example, exampleFile } from "./example.ts";

const engine = engineAt(testEngine());
const PROJECT = "exec-example";
const PASSWORD = "top-secret";

let example: Example;

beforeAll(async () => {
  await needCommands(["docker-compose"]);
  await ensureImages(engine, ["mariadb:11"]);
  await compose("up", "--detach");
  await sql(SESSIONS);
  const env = { CLEAN_PROJECT: PROJECT, CLEAN_SCHEDULE: "0 0 1 1 *" };
  example = await Example.start({ engine, instance: "exec-example", schedules: "exec/clean.yml", env });
});

afterAll(async () => {
  await example?.[Symbol.asyncDispose]();
  await compose("down", "--volumes");
});

function compose(...args: readonly string[]): Promise<string> {
  const settings = { DOCKER_HOST: engine.dockerHost, DB_PASSWORD: PASSWORD, SIZE_SCHEDULE: EVERY_SECOND };
  const file = ["--file", exampleFile("exec/compose.yml"), "--project-name", PROJECT];
  return runCommand("docker-compose", [...file, ...args], { env: { ...process.env, ...settings } });
}

/** As soon as the database is there. */
async function sql(statements: string): Promise<string> {
  const client = ["mariadb", "--host=127.0.0.1", "--user=root", "--batch", "--skip-column-names", "shop"];
  const ask = (statement: string) =>
    compose("exec", "-T", "-e", `MYSQL_PWD=${PASSWORD}`, "db", ...client, "--execute", statement);
  await eventually("the database", () => ask("SELECT 1").catch(() => undefined));
  return ask(statements);
}

const SESSIONS = `
CREATE TABLE sessions (id INT PRIMARY KEY, ended_at DATETIME NOT NULL);
INSERT INTO sessions SELECT seq, NOW() - INTERVAL seq * 10 HOUR FROM seq_1_to_5;`;

/** Of a manual run: its exit code, and what it printed, which the scheduler has read. */
async function clean(...args: readonly string[]) {
  const after = example.scheduler.log.length;
  const { code } = await example.run("clean-sessions", ...args);
  const { run } = await example.scheduler.until("run-finished", { job: "clean-sessions" }, { after });
  return { code, lines: example.scheduler.all("job-output", { run }).map(({ line }) => line) };
}

it("runs inside the running database, found by its Compose service, also after Compose has recreated it", async () => {
  expect(await clean()).toEqual({ code: 0, lines: ["3 sessions deleted"] });
  const finished = await example.scheduler.until("run-finished", { job: `${PROJECT}_db_1.size` });
  expect(finished).toMatchObject({ outcome: "succeeded", exitCode: 0 });
  const [size] = example.scheduler.all("job-output", { run: finished.run });
  expect(size?.line).toMatch(/^\d+\s+\/var\/lib\/mysql\/shop$/);

  const container = await compose("ps", "--quiet", "db");
  await compose("up", "--detach", "--force-recreate", "db");
  expect(await compose("ps", "--quiet", "db")).not.toBe(container);
  expect(await sql("SELECT COUNT(*) FROM sessions")).toBe("2");
  expect(await clean("--env", "KEEP=15 HOUR")).toEqual({ code: 0, lines: ["1 sessions deleted"] });
});
