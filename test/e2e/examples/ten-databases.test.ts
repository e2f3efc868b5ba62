// @module-tag full
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { engineAt } from "../../lab/engine-client.ts";
import { ensureImages } from "../../lab/images.ts";
import { testEngine } from "../../lab/test-engine.ts";
import { eventually } from "../eventually.ts";
import { Example } from "./example.ts";

const engine = engineAt(testEngine());
const PASSWORD = "top-secret";
const NAMES = "orders customers invoices stock prices shipping returns reviews accounts archive".split(" ");

let folder: string;
let example: Example;

const sql = (statements: string) =>
  engine.docker(
    "exec",
    "--env",
    `MYSQL_PWD=${PASSWORD}`,
    "db",
    "mariadb",
    "--host=127.0.0.1",
    "--user=root",
    "--execute",
    statements,
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ten-databases-"));
  await ensureImages(engine, ["mariadb:11"]);
  await engine.docker("network", "create", "databases");
  const server = ["--detach", "--name", "db", "--network", "databases", "--env", `MARIADB_ROOT_PASSWORD=${PASSWORD}`];
  await engine.docker("run", ...server, "mariadb:11");
  await eventually("the server", () => sql("SELECT 1").catch(() => undefined));
  await sql(NAMES.map((name) => `CREATE DATABASE ${name}; CREATE TABLE ${name}.t (id INT)`).join("; "));
});

afterAll(async () => {
  await example?.[Symbol.asyncDispose]();
  await engine.docker("rm", "--force", "--volumes", "db");
  await engine.docker("network", "rm", "databases");
  await rm(folder, { recursive: true, force: true });
});

it("dumps all ten, no more than two at a time", async () => {
  const dueAt = new Date(Date.now() + 20_000);
  const schedule = `${dueAt.getUTCSeconds()} ${dueAt.getUTCMinutes()} ${dueAt.getUTCHours()} * * *`;
  const env = { BACKUP_SCHEDULE: schedule, BACKUP_FOLDER: folder, DB_PASSWORD: PASSWORD, TZ: "UTC" };
  example = await Example.start({ engine, instance: "ten-databases", schedules: "ten-databases/backups.yml", env });
  const { scheduler } = example;
  const ends = await eventually("ten dumps", () => {
    const found = scheduler.all("run-finished");
    return found.length === NAMES.length ? found : undefined;
  });
  expect(ends.map(({ outcome }) => outcome)).toEqual(NAMES.map(() => "succeeded"));
  expect((await readdir(folder)).sort()).toEqual(NAMES.map((name) => `${name}.sql`).sort());
  // A start is logged after the end whose slot it has taken, so that the log never shows a third.
  let active = 0;
  const counts = scheduler.log.flatMap(({ event }) => {
    if (event === "run-started") return ++active;
    return event === "run-finished" ? --active : [];
  });
  expect(Math.max(...counts)).toBe(2);
  expect(scheduler.all("waits-for-pool").length).toBe(NAMES.length - 2);
});
