// @module-tag full
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engineAt } from "../../lab/engine-client.ts";
import { ensureImages } from "../../lab/images.ts";
import { needCommands } from "../../lab/machine/packages.ts";
import { runCommand } from "../../lab/machine/run-command.ts";
import { testEngine } from "../../lab/test-engine.ts";
import { eventually } from "../eventually.ts";
import { TestFolder } from "../scheduler-process.ts";
import { Example, exampleFile } from "./example.ts";

const engine = engineAt(testEngine());
const { docker } = engine;
const PASSWORD = "top-secret";
const RESTORED = ["mysql-from-dump", "mysql-from-archive"] as const;

let folder: TestFolder;
let example: Example;
let customer: ChildProcess;
/** The example's variables: its folders are the test's. */
let env: Record<string, string>;

beforeAll(async () => {
  await needCommands(["docker-compose"]);
  await ensureImages(engine, ["mariadb:11"]);
  folder = await TestFolder.make();
  await chmod(folder.path, 0o755);
  env = {
    MYSQL_SCRIPTS: exampleFile("mysql-backup/scripts"),
    MYSQL_SECRETS: join(folder.path, "secrets"),
    MYSQL_BACKUP: join(folder.path, "backup"),
    MYSQL_DUMP_SCHEDULE: "0 0 1 1 *",
    MYSQL_ARCHIVE_SCHEDULE: "0 0 1 1 *",
  };
  for (const name of ["secrets", "backup"]) await mkdir(join(folder.path, name));
  await writeFile(join(folder.path, "secrets/root-password"), PASSWORD);
  await onHost("docker-compose", "--file", exampleFile("mysql-backup/compose.yml"), "up", "--detach");
  await untilServed("mysql");
  await sql("mysql", SHOP);
  customer = startCustomer();
  const schedules = "mysql-backup/mysql-backup.yml";
  example = await Example.start({ engine, instance: "mysql", schedules, env, args: ["--sources", "files"] });
});

afterAll(async () => {
  customer?.kill();
  await example?.[Symbol.asyncDispose]();
  const containers = [...RESTORED, "mysql"].flatMap((name) => [name, `${name}-data`]);
  await docker("rm", "--force", "--volumes", ...containers).catch(() => "");
  await docker("volume", "rm", "--force", "mysql-data", ...RESTORED);
  await docker("network", "rm", "mysql");
  await folder[Symbol.asyncDispose]();
});

/** A command as the record has it. */
function onHost(command: string, ...args: readonly string[]): Promise<string> {
  return runCommand(command, args, { env: { ...process.env, ...env, DOCKER_HOST: engine.dockerHost } });
}

function sql(container: string, statements: string): Promise<string> {
  const client = ["mariadb", "--host=127.0.0.1", "--user=root", "--batch", "--skip-column-names"];
  return docker("exec", "--env", `MYSQL_PWD=${PASSWORD}`, container, ...client, "--execute", statements);
}

const untilServed = (container: string) =>
  eventually(`the database in ${container}`, () => sql(container, "SELECT 1").catch(() => undefined));

const SHOP = `
CREATE DATABASE shop; USE shop;
CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(40) NOT NULL);
CREATE TABLE payments (order_id INT PRIMARY KEY, cents INT NOT NULL);
INSERT INTO orders (what) SELECT CONCAT('thing ', seq) FROM seq_1_to_2000;
INSERT INTO payments SELECT id, id * 7 FROM orders;`;

/** Buys and pays, both or neither, without a pause. */
function startCustomer(): ChildProcess {
  const buy =
    "BEGIN; INSERT INTO orders (what) VALUES (UUID()); INSERT INTO payments VALUES (LAST_INSERT_ID(), 9); COMMIT;";
  const script = `while echo "${buy}"; do sleep 0.01; done | mariadb --user=root shop`;
  const args = ["exec", "--env", `MYSQL_PWD=${PASSWORD}`, "mysql", "bash", "-c", script];
  return spawn("docker", ["--host", engine.dockerHost, ...args], { stdio: "ignore" });
}

/** All that was bought up to an order, and paid. */
const rows = (container: string, last: number) =>
  sql(container, `SELECT * FROM shop.orders LEFT JOIN shop.payments ON id = order_id WHERE id <= ${last} ORDER BY id`);

describe("a database that customers use all the time", () => {
  it.each([
    { job: "mysql-dump", restore: "restore-dump.sh", into: RESTORED[0] },
    { job: "mysql-archive", restore: "restore-archive.sh", into: RESTORED[1] },
  ])("is saved by $job, and restored by $restore as it was at one instant", async ({ job, restore, into }) => {
    const before = Number(await sql("mysql", "SELECT MAX(id) FROM shop.orders"));
    const { code, stdout, stderr } = await example.run(job);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const file = /^\/backup\/(\S+): \d+ bytes$/m.exec(stdout)?.[1] ?? "";
    expect(await readdir(join(folder.path, "backup"))).toContain(file);
    await onHost(exampleFile(`mysql-backup/${restore}`), join(folder.path, "backup", file), into);
    await untilServed(into);
    const last = Number(await sql(into, "SELECT MAX(id) FROM shop.orders"));
    const restored = await rows(into, last);
    expect(last).toBeGreaterThanOrEqual(before);
    expect(restored).not.toContain("NULL");
    expect(restored).toBe(await rows("mysql", last));
    expect(await sql(into, "SELECT COUNT(*) = (SELECT COUNT(*) FROM shop.payments) FROM shop.orders")).toBe("1");
    expect(Number(await sql("mysql", "SELECT MAX(id) FROM shop.orders"))).toBeGreaterThan(last);
  });

  it.each(["restore-dump.sh", "restore-archive.sh"])(
    "is not had back by %s from a file that is cut short",
    async (restore) => {
      const file = join(folder.path, "cut.gz");
      await writeFile(file, gzipSync(randomBytes(4096)).subarray(0, 2000));
      await expect(onHost(exampleFile(`mysql-backup/${restore}`), file, "mysql-cut")).rejects.toThrow(
        "unexpected end of file",
      );
      expect(await docker("ps", "--all", "--quiet", "--filter", "name=mysql-cut")).toBe("");
    },
  );

  it("is not saved, and that is said, when the password is wrong", async () => {
    await writeFile(join(folder.path, "secrets/root-password"), "wrong");
    const files = await readdir(join(folder.path, "backup"));
    const denied = expect.stringContaining("Access denied");
    expect(await example.run("mysql-dump")).toMatchObject({ code: 2, stderr: denied });
    expect(await example.run("mysql-archive")).toMatchObject({ code: 1, stderr: denied });
    expect(await readdir(join(folder.path, "backup"))).toEqual(files);
  });
});
