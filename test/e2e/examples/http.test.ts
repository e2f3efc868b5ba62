import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { engineAt } from "../../lab/engine-client.ts";
import { testEngine } from "../../lab/test-engine.ts";
import { Receiver } from "../../notify/receiver.ts";
import { ReleasedProgram } from "../../support/released-program.ts";
import { readRecord } from "../read-record.ts";
import { SchedulerProcess, shipbell, TestFolder } from "../scheduler-process.ts";
import { exampleFile } from "./example.ts";

const engine = engineAt(testEngine());
const INSTANCE = ["--instance", "http-example"];
const TOKEN = "Bearer s3cr3t";

/** The application. */
let app: Receiver;
let secrets: string;
let folder: TestFolder;

beforeEach(async () => {
  app = await Receiver.listen();
  secrets = await mkdtemp(join(tmpdir(), "http-example-"));
  await writeFile(join(secrets, "app-token"), `${TOKEN}\n`);
  folder = await TestFolder.make();
});
afterEach(async () => {
  await app[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
  await rm(secrets, { recursive: true });
});

function startScheduler(program?: string): SchedulerProcess {
  const env = {
    APP_URL: app.url,
    APP_TOKEN_FILE: join(secrets, "app-token"),
    CLEAN_SCHEDULE: "0 0 1 1 *",
    CLEAN_RETRY_DELAY: "100ms",
  };
  const schedules = exampleFile("http/clean.yml");
  return new SchedulerProcess({
    dockerHost: engine.dockerHost,
    folder,
    env,
    schedules,
    args: [...INSTANCE, "--sources", "files"],
    ...(program !== undefined && { program }),
  });
}

const command = (...args: readonly string[]) =>
  shipbell([...args, "--state-dir", folder.stateDir, "--docker-host", engine.dockerHost, ...INSTANCE]);

const keys = () => app.received.map(({ headers }) => headers["idempotency-key"]);

it("sends the request, tries it again as the same one, has the answer as its output, and shows the token nowhere", async () => {
  app.answers((_, response) =>
    app.received.length === 1 ? response.writeHead(503).end("busy\n") : response.end("3 sessions deleted\n"),
  );
  await using scheduler = startScheduler();
  await scheduler.until("jobs-changed");
  const waited = await command("run", "clean-sessions", "--wait");
  expect(waited).toMatchObject({ code: 0 });
  const { run } = await scheduler.until("run-finished", { job: "clean-sessions" });
  expect(app.received).toHaveLength(2);
  expect(app.received[1]).toMatchObject({ method: "POST", path: "/tasks/clean", body: '{"older_than": "1d"}' });
  expect(app.received[1]?.headers).toMatchObject({ authorization: TOKEN, "shipbell-attempt": "2" });
  expect(keys()).toEqual([run, run]);
  const failed = scheduler.all("attempt-finished", { run, attempt: 1 });
  expect(failed).toMatchObject([{ outcome: "failed", exitCode: 22, detail: "status 503" }]);
  const logs = await command("logs", "clean-sessions");
  expect(logs.stdout).toContain("HTTP/1.1 200 OK\n3 sessions deleted\n");
  const shown = await command("explain", "clean-sessions");
  expect(shown.stdout).toContain("failed (status 503)");
  const all = [
    JSON.stringify(scheduler.log),
    scheduler.complaints,
    logs.stdout,
    shown.stdout,
    waited.stdout,
    waited.stderr,
  ];
  expect(all.join("\n")).not.toContain("s3cr3t");
});

it.each(["SIGKILL", "SIGTERM"] as const)(
  "is lost with a scheduler that ends by %s, and sent again by the next one as the job says",
  async (signal) => {
    app.answers((_, response) => void (app.received.length > 1 && response.end()));
    await using first = startScheduler();
    await first.until("jobs-changed");
    expect(await command("run", "clean-sessions")).toMatchObject({ code: 0 });
    const { run } = await first.until("run-started", { job: "clean-sessions" });
    await expect.poll(() => app.received).toHaveLength(1);
    first.signal(signal);
    await first.ended();
    await using next = startScheduler();
    expect(await next.until("attempt-finished", { run, attempt: 1 })).toMatchObject({
      outcome: "lost",
      reason: "exit-unknown",
    });
    expect(await next.until("run-finished", { run })).toMatchObject({ outcome: "succeeded", attempt: 2 });
    expect(keys()).toEqual([run, run]);
  },
);

it("is lost for an older version, which does not know the key, sends nothing and keeps what it does not know", {
  tags: "full",
}, async () => {
  app.answers((_, response) => {
    if (app.received.length === 1) response.writeHead(503).end();
    if (app.received.length > 2) response.end();
  });
  await using older = await ReleasedProgram.unpack("0.3.0");
  await using first = startScheduler();
  await first.until("jobs-changed");
  expect(await command("run", "clean-sessions")).toMatchObject({ code: 0 });
  const { run } = await first.until("run-started", { job: "clean-sessions", attempt: 2 });
  await expect.poll(() => app.received).toHaveLength(2);
  await first.kill();
  await using old = startScheduler(older.path);
  await expect
    .poll(() => old.all("problem").map(({ detail }) => detail))
    .toContainEqual(expect.stringContaining("launch must be run or exec"));
  expect(await old.until("attempt-finished", { run, attempt: 2 })).toMatchObject({ outcome: "lost" });
  expect(await old.stop()).toBe(0);
  expect(app.received).toHaveLength(2);
  await using next = startScheduler();
  expect(await next.until("run-finished", { run })).toMatchObject({ outcome: "succeeded", attempt: 3 });
  const { runs } = await readRecord(folder, "clean-sessions");
  expect(runs[0]?.attempts[0]?.outcome).toMatchObject({ kind: "failed", exitCode: 22, message: "status 503" });
  expect(keys()).toEqual([run, run, run]);
});
