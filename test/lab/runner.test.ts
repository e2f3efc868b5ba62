import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../e2e/eventually.ts";
import { readRecords } from "./lab-folder.ts";

const parentOf = (pid: number): number =>
  Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

test("the runner of the tests takes its engines down when a signal ends it", { tags: "full" }, async () => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^VITEST|^NODE_|^TEST$/.test(name)));
  const runner = spawn(process.execPath, ["test/main.ts", "test/contracts/engine.container-keys"], {
    env,
    stdio: "ignore",
  });
  onTestFinished(() => void runner.kill("SIGKILL"));
  const ended = once(runner, "exit");
  // The suites are its children, and what they start lives for them.
  const records = await eventually("an engine of the runner's", async () => {
    const own = (await readRecords()).filter(({ owner }) => owner && isChild(owner.pid, runner.pid));
    return own.length > 0 ? own : undefined;
  });
  runner.kill("SIGTERM");
  expect(await ended).toEqual([143, null]);
  const left = new Set((await readRecords()).map(({ id }) => id));
  expect(records.filter(({ id }) => left.has(id))).toEqual([]);
});

function isChild(pid: number, of: number | undefined): boolean {
  try {
    return parentOf(pid) === of;
  } catch {
    return false;
  }
}
