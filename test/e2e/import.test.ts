import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "../lab/built-image.ts";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { IMPORTED_FILES } from "./imported-files.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";

const engine = engineAt(testEngine());
const example = join(import.meta.dirname, "../../docs/examples/hello/1-as-it-was");

describe.concurrent("the image with cron, a crontab and a script", () => {
  beforeAll(() => ensureBuilt(engine, "hello-with-cron", example, "debian:bookworm-slim"));

  it("becomes a schedule file by one command, which check takes, and whose job runs as it did under cron", async () => {
    await using folder = await TestFolder.make();
    const crontab = join(example, "crontab");
    const asIs = await shipbell([
      "import",
      "crontab",
      "--system",
      "--image",
      "hello-with-cron",
      "--timezone",
      "UTC",
      crontab,
    ]);
    expect(asIs).toMatchObject({ code: 0, stderr: expect.stringContaining("import-output") });
    // What cron's line sends to a file is wanted in the log, and cron itself knew no NAME.
    const changed = join(folder.path, "crontab");
    const line = (await readFile(crontab, "utf8")).replace(/ >>.*$/m, "");
    await writeFile(changed, `NAME=world\n${line}`);
    const imported = await shipbell([
      "import",
      "crontab",
      "--system",
      "--image",
      "hello-with-cron",
      "--timezone",
      "UTC",
      changed,
    ]);
    expect(imported).toMatchObject({ code: 0, stderr: "" });
    const file = join(folder.path, "task.yml");
    await writeFile(file, imported.stdout);
    expect(await shipbell(["check", file])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("1 job, no problems"),
    });
    await using scheduler = new SchedulerProcess({
      ...{
        dockerHost: engine.dockerHost,
        folder,
        schedules: file,
        env: {},
        args: ["--instance", "import", "--sources", "files"],
      },
    });
    const finished = await scheduler.until("run-finished", { job: "task" });
    expect(finished).toMatchObject({ outcome: "succeeded", exitCode: 0, trigger: "schedule" });
    expect(scheduler.all("job-output", { run: finished.run })).toMatchObject([
      { line: expect.stringMatching(/^Hello world, it is/) },
    ]);
    const shown = JSON.parse((await scheduler.get("/api/v1/jobs/task")).text) as { readonly next: readonly string[] };
    const [first = "", ...later] = shown.next;
    expect(later.map((time) => Date.parse(time) - Date.parse(first))).toEqual(later.map((_, at) => (at + 1) * 60_000));
    expect(await textOf(scheduler, "/")).toMatch(/task.*succeeded/s);
    expect(await textOf(scheduler, `/runs/${finished.run}`)).toMatch(/succeeded.*by schedule/s);
  });
});

/** What a page says, without its markup. */
async function textOf(scheduler: SchedulerProcess, path: string): Promise<string> {
  const { status, text } = await scheduler.get(path);
  expect(status).toBe(200);
  return text.replaceAll(/<[^>]*>/g, " ");
}

// Both wait for the next minute.
describe.concurrent("a file of each kind", () => {
  it("is imported, passes check, and its jobs run as they did", async () => {
    await using _ = await surroundings();
    await using folder = await TestFolder.make();
    const schedules = join(folder.path, "schedules");
    await mkdir(schedules);
    for (const [index, { kind, options = [], text }] of IMPORTED_FILES.entries()) {
      const source = join(folder.path, `${kind}-${index}`);
      await writeFile(source, text);
      const imported = await shipbell(["import", kind, ...options, "--timezone", "UTC", source]);
      expect(imported).toMatchObject({ code: 0 });
      await writeFile(join(schedules, `${index}.yml`), imported.stdout);
    }
    expect(await shipbell(["check", schedules])).toMatchObject({ code: 0 });
    await using scheduler = new SchedulerProcess({
      ...{
        dockerHost: engine.dockerHost,
        folder,
        schedules,
        args: ["--instance", "import-kinds", "--sources", "files"],
      },
    });
    for (const [job, lines] of IMPORTED_FILES.flatMap(({ prints }) => Object.entries(prints))) {
      const { run, outcome } = await scheduler.until("run-finished", { job });
      const printed = scheduler.all("job-output", { run }).map(({ line }) => line);
      expect({ job, outcome, printed }).toEqual({ job, outcome: "succeeded", printed: lines });
    }
  });
});

/** What the files name, besides images. */
async function surroundings(): Promise<AsyncDisposable> {
  await engine.docker("network", "create", "shop_default");
  await engine.docker("run", "--detach", "--init", "--name", "import-target", "busybox", "sleep", "3600");
  return {
    [Symbol.asyncDispose]: async () => {
      await engine.docker("rm", "--force", "import-target");
      await engine.docker("network", "rm", "shop_default");
    },
  };
}
