import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { type LabBrowser, startBrowser } from "../lab/browser.ts";
import { type FrontProxy, startFrontProxy } from "../lab/front-proxy.ts";
import { freePort } from "../lab/machine/free-port.ts";
import { openSwarm } from "../lab/swarm.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { askOverTls } from "./ask-over-tls.ts";
import { exampleFile } from "./examples/example.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";
import { Visitor } from "./visitor.ts";

const INSTANCE = "page-two";
const NEVER = "0 0 1 1 *";
const swarm = openSwarm(inject("swarm"));
const [first, second] = swarm.managers;
if (first === undefined || second === undefined) throw new Error("this test needs two managers");

const job = (script: string) => ({
  schedule: NEVER,
  image: "busybox",
  command: ["sh", "-c", script.replaceAll("$", "$$$$")],
  stop_grace_period: "1s",
});
const jobs = {
  "page-two-fails": job("exit 3"),
  "page-two-talks": job("n=0; while :; do echo line $n; n=$((n+1)); sleep 0.5; done"),
};

let folder: TestFolder;
let browser: LabBrowser;
let schedulers: readonly [SchedulerProcess, SchedulerProcess];
/** Two that ask one of the schedulers as long as it answers, and one that asks both in turn. */
let proxies: readonly [FrontProxy, FrontProxy, FrontProxy];

beforeAll(async () => {
  folder = await TestFolder.make();
  await folder.writeSchedules(scheduleFile(jobs));
  const access = join(folder.path, "access.yml");
  await writeFile(access, JSON.stringify({ anonymous: "operate" }));
  const args = ["--engine", "swarm", "--instance", INSTANCE, "--sources", "files", "--http-auth", access];
  const open = (dockerHost: string) => new SchedulerProcess({ dockerHost, folder, args });
  schedulers = [open(first.dockerHost), open(second.dockerHost)];
  await Promise.all(schedulers.map((scheduler) => scheduler.until("jobs-changed")));
  const hosts = await Promise.all(schedulers.map(async (scheduler) => new URL(await scheduler.url("/")).host));
  const example = exampleFile("page/haproxy.cfg");
  const start = async (behind: readonly string[], order: "first" | "in turn") =>
    startFrontProxy({ program: "haproxy", example, schedulers: behind, order, port: await freePort() });
  const both = hosts.toReversed();
  proxies = [await start(hosts, "first"), await start(both, "first"), await start(hosts, "in turn")];
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.takeDown();
  for (const proxy of proxies ?? []) await proxy.takeDown();
  for (const scheduler of schedulers ?? []) await scheduler[Symbol.asyncDispose]();
  const place = ["--instance", INSTANCE, "--state-dir", folder.stateDir, "--docker-host", first.dockerHost];
  await shipbell(["purge", "--yes", "--engine", "swarm", ...place]);
  await folder[Symbol.asyncDispose]();
});

/** The texts of a page that do not move with the time, without the foot, which says who has answered. */
function settledText(html: string): string {
  const body = html.replace(/<footer.*?<\/footer>/s, "").replace(/<time.*?<\/time>/gs, "");
  return body.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

it("each page is the same whichever of two schedulers answers", async () => {
  const [, , proxy] = proxies;
  for (const path of ["", "jobs/page-two-fails", "timeline", "upcoming", "problems"]) {
    const answers = [];
    for (let asked = 0; asked < 4; asked++) answers.push(await askOverTls(`${proxy.url}/cron/${path}`));
    expect([path, ...new Set(answers.map(({ status }) => status))]).toEqual([path, 200]);
    expect([path, new Set(answers.map(({ body }) => settledText(body))).size]).toEqual([path, 1]);
  }
});

it("a failure is shown within 2 s by both; one is killed, and what it showed is live again within 5 s, output too", async () => {
  const [killed, left] = schedulers;
  await using anna = await Visitor.come(browser, `${proxies[0].url}/cron/`);
  await using tom = await Visitor.come(browser, `${proxies[1].url}/cron/`);
  const start = (job: string) =>
    shipbell(["run", job, "--engine", "swarm", "--instance", INSTANCE, "--docker-host", first.dockerHost]);
  const row = (visitor: Visitor, job: string) => visitor.page.locator(`#job-${job}`);
  await Promise.all([anna.open(), tom.open()]);

  await start("page-two-fails");
  await Promise.race(schedulers.map((scheduler) => scheduler.until("run-finished", { job: "page-two-fails" })));
  const endedAt = performance.now();
  await Promise.all([anna, tom].map((visitor) => row(visitor, "page-two-fails").getByText("failing").waitFor()));
  const shownMs = performance.now() - endedAt;
  expect(shownMs).toBeLessThan(onThisMachine(2000));

  await start("page-two-talks");
  const { run } = await Promise.race(
    schedulers.map((scheduler) => scheduler.until("job-output", { job: "page-two-talks", line: "line 3" })),
  );
  await anna.open(`runs/${run}`);
  const output = anna.page.locator(".output");
  await output.getByText("line 6").waitFor();
  const lines = async () => (await output.innerText()).match(/(?<=line )\d+/g)?.map(Number) ?? [];
  // Whether the page has time to say that it is not live depends on how soon the proxy has another scheduler for it.
  const killedAt = performance.now();
  await killed.kill();
  const printed = Math.max(...(await lines()));
  await output
    .getByText(`line ${printed + 3}`)
    .first()
    .waitFor();
  await anna.page.locator("#live-state").waitFor({ state: "hidden" });
  const liveMs = performance.now() - killedAt;
  // Three lines take a second and a half.
  expect(liveMs).toBeLessThan(onThisMachine(5000) + 1500);

  const before = (await lines()).length;
  await expect.poll(async () => (await lines()).length).toBeGreaterThan(before + 3);
  const shown = await lines();
  expect(shown).toEqual(shown.map((_, index) => (shown[0] ?? 0) + index));

  await anna.open(`runs/${run}/cancel`);
  await anna.page.getByRole("button", { name: "Cancel the run" }).click();
  await left.until("run-finished", { job: "page-two-talks", outcome: "cancelled" });
  expect([...anna.faults, ...tom.faults]).toEqual([]);
});
