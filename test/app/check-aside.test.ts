import { expect, test } from "vitest";
import { checkAside } from "../../src/app/check-aside.ts";
import { systemClock } from "../../src/clock.ts";

const check = () => checkAside(systemClock, () => ({ timezone: "UTC", instance: "shipbell", engine: "container" }));
const TEXT = "jobs:\n  a:\n    schedule: '@daily'\n    imge: busybox\n";

test("a text is checked in a thread, as the command would", async () => {
  expect(await check()(TEXT)).toMatchObject({
    jobs: 0,
    problems: [{ at: "schedule.yml:4:5", hint: "did you mean image?" }],
  });
});

test("a large text holds nothing up: this thread goes on meanwhile", async () => {
  const job = (n: number) => `  job-${n}: {schedule: "*/5 * * * *", image: busybox, command: [echo, hi]}\n`;
  const large = `jobs:\n${Array.from({ length: 1000 }, (_, n) => job(n)).join("")}`;
  let isDone = false;
  const checked = check()(large).finally(() => {
    isDone = true;
  });
  let turns = 0;
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  expect(await checked).toEqual({ jobs: 1000, problems: [] });
  expect(turns).toBeGreaterThan(50);
});

test("of many at once, eight are taken, one after the other", async () => {
  const checkOne = check();
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => checkOne(TEXT)));
  expect(results.map(({ status }) => status)).toEqual([...Array(8).fill("fulfilled"), "rejected", "rejected"]);
  expect(results[9]).toMatchObject({ reason: { code: "too-much" } });
});
