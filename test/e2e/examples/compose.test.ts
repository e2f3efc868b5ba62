import { afterAll, beforeAll, expect, it } from "vitest";
import { engineAt } from "../../lab/engine-client.ts";
import { needCommands } from "../../lab/machine/packages.ts";
import { runCommand } from "../../lab/machine/run-command.ts";
import { ensureShipbellImage } from "../../lab/shipbell-image.ts";
import { testEngine } from "../../lab/test-engine.ts";
import { eventually } from "../eventually.ts";
import { type LogLine, SchedulerLog } from "../scheduler-log.ts";
import { exampleFile } from "./example.ts";

const engine = engineAt(testEngine());
const PROJECT = "compose-example";

/** Debian's Compose, which is older than the plugin, on the example's file. */
function compose(...args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    DOCKER_HOST: engine.dockerHost,
    DOCKER_SOCKET: engine.socketPath,
    SHIPBELL_PORT: "0",
    REPORT_SCHEDULE: "* * * * * *",
    INVENTORY_SCHEDULE: "@every 1s",
  };
  const file = exampleFile("compose/compose.yml");
  return runCommand("docker-compose", ["--file", file, "--project-name", PROJECT, ...args], { env });
}

beforeAll(async () => {
  await needCommands(["docker-compose"]);
  await ensureShipbellImage([engine]);
});

// A run that is still active would keep the network: the scheduler stops first, then its runs go, then the rest.
afterAll(async () => {
  await compose("stop", "shipbell");
  const runs = await engine.docker("ps", "--all", "--quiet", "--filter", "label=shipbell.instance=shipbell");
  if (runs !== "") await engine.docker("rm", "--force", ...runs.split("\n"));
  await compose("--profile", "jobs", "down", "--volumes");
});

/** The end of a job's run, and what it printed. */
async function endOf(job: string): Promise<{ end: LogLine; lines: unknown[] }> {
  return eventually(`a run of ${job}`, async () => {
    const log = new SchedulerLog();
    for (const line of (await compose("logs", "--no-color", "--no-log-prefix", "shipbell")).split("\n")) log.add(line);
    const end = log.all("run-finished", { job })[0];
    return end && { end, lines: log.all("job-output", { run: end.run }).map(({ line }) => line) };
  });
}

it("is brought up by Compose with shipbell, a schedule file's job next to the shop, and a labelled container", async () => {
  await compose("up", "--detach", "--no-build");
  expect(await engine.docker("ps", "--all", "--quiet", "--filter", "name=^inventory$")).toBe("");
  await compose("up", "--no-start", "inventory");
  const succeeded = expect.objectContaining({ outcome: "succeeded", exitCode: 0 });
  expect(await endOf("report")).toEqual({ end: succeeded, lines: ["42 orders"] });
  expect(await endOf("inventory")).toEqual({ end: succeeded, lines: ["counting in north"] });
  expect(await engine.docker("inspect", "--format", "{{.State.Status}}", "inventory")).toBe("created");
  const address = await compose("port", "shipbell", "8494");
  expect(address).toMatch(/^127\.0\.0\.1:/);
  expect(await (await fetch(`http://${address}/`)).text()).toContain("inventory");
  expect(await compose("exec", "-T", "shipbell", "shipbell", "ls")).toMatch(
    /^report +\* \* \* \* \* \* Europe\/Berlin/m,
  );
});
