import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashPassword } from "../../src/http/access/passwords.ts";
import { type LabBrowser, startBrowser } from "../lab/browser.ts";
import { testEngine } from "../lab/test-engine.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";
import { Visitor } from "./visitor.ts";

const NEVER = "0 0 1 1 *";
const job = (script: string, more: object = {}) => ({
  schedule: NEVER,
  image: "busybox",
  command: ["sh", "-c", script.replaceAll("$", "$$$$")],
  stop_grace_period: "1s",
  ...more,
});

/** What a job may print, or somebody may write, that must be shown as it is. */
const HOSTILE = '<script>window.pwned=1</script><img src=x onerror="window.pwned=2">';
/** Three hours from now, so that it is among what is upcoming and not started during the test. */
const LATER = `0 ${(new Date().getUTCHours() + 3) % 24} * * *`;
const jobs = {
  "page-hello": job('echo "$GREETING from the page"', {
    inputs: { GREETING: { type: "string", default: "hello", description: "What it says" } },
  }),
  "page-later": job("true", { schedule: LATER }),
  "page-fails": job("echo about to fail; exit 3"),
  "page-long": job("echo begun; exec sleep 600"),
  "page-hostile": job(
    [
      `echo '${HOSTILE}'`,
      "printf 'red: \\033[31mred\\033[0m\\n'",
      "printf 'first\\rsecond\\n'",
      "printf 'broken: \\377\\376\\n'",
      "head -c 1000000 /dev/zero | tr '\\0' x",
      "echo",
      "echo the end",
    ].join("; "),
  ),
};
const ANNA = { username: "anna", password: "correct horse" };

let browser: LabBrowser;
let folder: TestFolder;
let scheduler: SchedulerProcess;
let root: string;

beforeAll(async () => {
  folder = await TestFolder.make();
  await folder.writeSchedules(scheduleFile(jobs));
  const access = join(folder.path, "access.yml");
  const users = { anna: { password: await hashPassword(ANNA.password), role: "operate" } };
  await writeFile(access, JSON.stringify({ anonymous: "none", users }));
  const args = ["--instance", "page", "--sources", "files", "--http-auth", access];
  scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args });
  [browser] = await Promise.all([startBrowser(), scheduler.until("jobs-changed")]);
  root = await scheduler.url("/");
});

afterAll(async () => {
  await browser?.takeDown();
  await scheduler?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const PAGES = ["", "jobs/page-later", "jobs/page-later/run", "timeline?hours=24", "upcoming?hours=24", "problems"];

/** Opens a form by its address, fills in what has these labels, and sends it. */
async function send(visitor: Visitor, address: string, filled: Readonly<Record<string, string>> = {}): Promise<void> {
  await visitor.open(address);
  const form = visitor.page.locator("#form");
  for (const [label, value] of Object.entries(filled)) await form.getByLabel(label).fill(value);
  await form.locator("button:not([type=button])").click();
}

/** The name of the run whose page is open. */
const runShown = ({ page }: Visitor) => /\/runs\/([^/?]+)/.exec(page.url())?.[1] ?? "";

const mainText = ({ page }: Visitor) => page.locator("main").innerText();

describe("without scripts", () => {
  it("each page shows its data, and forms run, cancel, pause and resume", async () => {
    await using anna = await Visitor.come(browser, root, { person: ANNA, javaScriptEnabled: false });
    for (const path of PAGES) {
      expect([path, await anna.open(path)]).toEqual([path, 200]);
      if (path !== "problems")
        expect([path, await mainText(anna)]).toEqual([path, expect.stringContaining("page-later")]);
    }
    expect(await anna.open("nodes")).toBe(200);

    await send(anna, "jobs/page-hello/run", { GREETING: "good evening" });
    const { run } = await scheduler.until("run-finished", { job: "page-hello", outcome: "succeeded" });
    expect(runShown(anna)).toBe(run);
    await anna.open(`runs/${run}`);
    const shown = await mainText(anna);
    for (const text of ["succeeded", "good evening from the page", "anna"]) expect(shown).toContain(text);

    await send(anna, "jobs/page-long/run");
    const begun = await scheduler.until("job-output", { job: "page-long", line: "begun" });
    await send(anna, `runs/${begun.run}/cancel`, {});
    await scheduler.until("run-finished", { job: "page-long", outcome: "cancelled" });
    await anna.open(`runs/${begun.run}`);
    expect(await mainText(anna)).toContain("cancelled");

    await send(anna, "jobs/page-later/pause", { Why: HOSTILE });
    await anna.open("jobs/page-later");
    for (const text of ["paused", HOSTILE]) expect(await mainText(anna)).toContain(text);
    await anna.page.getByRole("button", { name: "Resume" }).click();
    await anna.open("jobs/page-later");
    expect(await mainText(anna)).not.toContain(HOSTILE);
    expect(anna.faults).toEqual([]);
  });
});

describe("with scripts", () => {
  it("the row of a job that fails, and its page, say so within 2 s and without a reload", async () => {
    await using anna = await Visitor.come(browser, root, { person: ANNA });
    await using tom = await Visitor.come(browser, root, { person: ANNA });
    // The first page that he opens, and so the one by which his browser learns where his password is for.
    await tom.open("jobs/page-fails");
    await anna.open();
    await using third = await Visitor.come(browser, root, { person: ANNA });
    for (const { page } of [anna, tom]) await page.evaluate("window.isTheSame = true");
    await send(third, "jobs/page-fails/run");
    await scheduler.until("run-finished", { job: "page-fails", outcome: "failed" });
    const endedAt = performance.now();
    await Promise.all([
      anna.page.locator("#job-page-fails").getByText("failing").waitFor(),
      tom.page.locator("#head").getByText("failing").waitFor(),
    ]);
    const shownMs = performance.now() - endedAt;
    expect(shownMs).toBeLessThan(onThisMachine(2000));
    for (const { page } of [anna, tom]) expect(await page.evaluate("window.isTheSame")).toBe(true);
    expect([...anna.faults, ...tom.faults, ...third.faults]).toEqual([]);
  });

  it("a script that did not come is asked for again, and the page is live", async () => {
    await using anna = await Visitor.come(browser, root, { person: ANNA });
    await using other = await Visitor.come(browser, root, { person: ANNA });
    let asked = 0;
    await anna.page.route("**/idiomorph*", (route) => (asked++ === 0 ? route.abort() : route.continue()));
    await anna.open();
    const state = anna.page.locator("#live-state");
    await Promise.all([state.waitFor({ state: "visible" }), send(other, "jobs/page-fails/run")]);
    await state.waitFor({ state: "hidden" });
    expect(asked).toBe(2);
  });

  it("a keyboard alone starts a run and cancels it", async () => {
    await using anna = await Visitor.come(browser, root, { person: ANNA });
    const { page } = anna;
    await anna.open();
    await anna.tabTo(page.locator("#job-page-long").getByRole("link", { name: /^Run/ }));
    await page.keyboard.press("Enter");
    const send = page.locator("dialog #form button:not([type=button])");
    await send.waitFor();
    await anna.tabTo(send);
    const lines = scheduler.log.length;
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/runs\//);
    await scheduler.until("job-output", { job: "page-long", line: "begun" }, { after: lines });
    const cancel = page.getByRole("link", { name: /^Cancel/ });
    await cancel.waitFor();
    await anna.tabTo(cancel);
    await page.keyboard.press("Enter");
    await send.waitFor();
    await anna.tabTo(send);
    await page.keyboard.press("Enter");
    await scheduler.until("run-finished", { job: "page-long", outcome: "cancelled" }, { after: lines });
    expect(anna.faults).toEqual([]);
  });

  it("what a job prints is shown as text, whatever it is, while it is followed and afterwards", async () => {
    await using anna = await Visitor.come(browser, root, { person: ANNA });
    const { page } = anna;
    await send(anna, "jobs/page-hostile/run");
    await page.waitForURL(/\/runs\//);
    const output = page.locator(".output");
    await output.getByText("the end").waitFor();
    for (const moment of ["followed", "afterwards"]) {
      const text = (await output.textContent()) ?? "";
      expect([moment, text]).toEqual([moment, expect.stringContaining(HOSTILE)]);
      for (const shown of ["red: red", "second", "broken: "])
        expect([moment, text]).toEqual([moment, expect.stringContaining(shown)]);
      expect(text).not.toContain("\u001b");
      expect(await page.evaluate("window.pwned")).toBeUndefined();
      await scheduler.until("run-finished", { job: "page-hostile" });
      await page.reload();
      await output.getByText("the end").waitFor();
    }
    expect(anna.faults).toEqual([]);
  });
});
