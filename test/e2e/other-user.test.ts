import { chmod, chown, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import { aRecord, at } from "../support/a-job.ts";
import { OpenFolder } from "./other-user.ts";

const OWNER = 1000;
const OTHER = 65534;

let folder: OpenFolder;
beforeAll(async () => {
  folder = await OpenFolder.make();
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Every user may make files in it. */
let stateDir: string;
let turn = 0;
beforeEach(async () => {
  stateDir = join(folder.path, `state-${++turn}`);
  await mkdir(stateDir);
  await chmod(stateDir, 0o777);
});

/** The ledger of a scheduler that is not running. */
async function idleLedger(): Promise<void> {
  const ledger = openSqliteLedger(stateDir, systemClock);
  await ledger.update("backup", () => aRecord(at("12:00")));
  ledger.close();
  await chown(join(stateDir, "ledger.db"), OWNER, OWNER);
}

/** No engine is there to be asked. */
const away = () => ["--state-dir", stateDir, "--engine", "container", "--docker-host", "unix:///nowhere/docker.sock"];

it.each([OTHER, OWNER, 0])("user %i copies the idle ledger of another, and leaves nothing there", async (uid) => {
  await idleLedger();
  const { code, stdout } = await folder.shipbell(uid, ["backup", "--state-dir", stateDir]);
  expect([code, stdout.slice(0, 15)]).toEqual([0, "SQLite format 3"]);
  expect(await readdir(stateDir)).toEqual(["ledger.db"]);
});

it("a user who may not write an idle ledger is told whose it is, and does not lock its owner out", async () => {
  await idleLedger();
  const refused = await folder.shipbell(OTHER, ["ls", ...away()]);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining(
      `${stateDir}/ledger.db: it belongs to user ${OWNER}, and user ${OTHER} may not write it (run shipbell as user ${OWNER})`,
    ),
  ]);
  expect(await readdir(stateDir)).toEqual(["ledger.db"]);
  expect(await folder.shipbell(OWNER, ["ls", ...away()])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("backup"),
  });
});

it("a user who may not write a ledger reads it while its scheduler works", async () => {
  await idleLedger();
  const working = openSqliteLedger(stateDir, systemClock);
  try {
    await working.update("backup", (record) => record && { ...record, skips: {} });
    for (const name of await readdir(stateDir)) await chown(join(stateDir, name), OWNER, OWNER);
    const { code, stdout } = await folder.shipbell(OTHER, ["ls", ...away()]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("backup")]);
    expect((await folder.shipbell(OTHER, ["backup", "--state-dir", stateDir])).code).toBe(0);
  } finally {
    working.close();
  }
});
