// @module-tag full
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { cpuMs } from "../bench/process-usage.ts";
import { testEngine } from "../lab/test-engine.ts";
import { Stage } from "./stage.ts";

/** Time of the processor, so that a busy machine makes the test longer and the comparison no worse. */
const READING_CPU_MS = 3000;

/** What the scheduler may take of a processor for one output, and some more for all else that it does. */
const MOST_OF_A_PROCESSOR = 0.13;

/** Reads a log, writes all of it as a log does until that has taken so much time of the processor, and says how many lines it was. */
const READER = `
  const { request } = require("node:http");
  const { createWriteStream } = require("node:fs");
  const [socketPath, path, mostCpuMs] = process.argv.slice(1);
  const log = createWriteStream("/dev/null");
  let lines = 0;
  request({ socketPath, path }, (response) => response.on("data", (chunk) => {
    for (const line of chunk.toString().split("\\n").slice(0, -1)) {
      const [time, ...words] = line.slice(8).split(" ");
      log.write(JSON.stringify({ level: "info", time: new Date(time), event: "job-output", line: words.join(" ") }) + "\\n");
      lines++;
    }
  })).end();
  setInterval(() => {
    const { user, system } = process.cpuUsage();
    const cpuMs = (user + system) / 1000;
    if (cpuMs < Number(mostCpuMs)) return;
    process.stdout.write(JSON.stringify({ lines, cpuMs }));
    process.exit();
  }, 50);
`;

it("a job that floods its output costs the scheduler less than half of what it takes to log all of it, or its tenth of a processor, and is logged in stretches", async () => {
  await using stage = await Stage.set("flood", testEngine());
  await stage.declareDueOnce({ body: "yes a line of a flood" });
  await using scheduler = stage.openScheduler();
  await scheduler.until("output-dropped", { reason: "too-fast" });
  const [object] = await stage.objects();
  const before = await cpuMs(scheduler.pid);
  const startedAt = performance.now();
  const path = `/containers/${object?.id}/logs?stdout=1&timestamps=1&follow=1&tail=0`;
  const reader = spawn(process.execPath, ["-e", READER, stage.engine.socketPath, path, String(READING_CPU_MS)]);
  const [answer] = await Promise.all([text(reader.stdout), once(reader, "close")]);
  const reading = JSON.parse(answer) as { readonly lines: number; readonly cpuMs: number };
  const spentMs = (await cpuMs(scheduler.pid)) - before;
  const tookMs = performance.now() - startedAt;
  const said = `scheduler ${spentMs} ms, reader ${reading.cpuMs} ms for ${reading.lines} lines, in ${Math.round(tookMs)} ms`;
  process.stdout.write(`${said}\n`);
  // A busy engine gives so little that the scheduler, within its share, reads most of it.
  expect(spentMs, said).toBeLessThan(Math.max(reading.cpuMs / 2, MOST_OF_A_PROCESSOR * tookMs));
  const told = scheduler.all("job-output").length;
  const { run } = await scheduler.until("run-started");
  await stage.command("cancel", String(run));
  await scheduler.until("run-finished", { outcome: "cancelled" });
  expect(told).toBeGreaterThan(5000);
  expect(scheduler.all("output-dropped", { reason: "unread" })).toEqual([]);
});
