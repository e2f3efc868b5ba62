import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { apiOf } from "./api-client.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";

const REQUESTS = 100;
const swarm = openSwarm(inject("swarm"));

it(`${REQUESTS} requests with one key, sent at once to two schedulers, start one run; both schedulers show how it ended`, async () => {
  const [first, second] = swarm.managers;
  if (first === undefined || second === undefined) throw new Error("this test needs two managers");
  await using folder = await TestFolder.make();
  const job = { schedule: "0 0 1 1 *", image: "busybox", command: ["sh", "-c", "sleep 3; exit 4"] };
  await folder.writeSchedules(JSON.stringify({ jobs: { once: job } }));
  const auth = join(folder.path, "auth.yml");
  await writeFile(auth, "anonymous: operate\n");
  const instance = `api-${randomUUID().slice(0, 6)}`;
  const args = ["--engine", "swarm", "--instance", instance, "--sources", "files", "--http-auth", auth];
  const open = (dockerHost: string) => new SchedulerProcess({ dockerHost, folder, args });
  try {
    await using one = open(first.dockerHost);
    await using other = open(second.dockerHost);
    const apis = [apiOf(one), apiOf(other)] as const;
    for (const api of apis)
      await eventually("the job", async () => (await api("GET jobs/once")).json.standing === "declared" || undefined);
    const key = { headers: { "idempotency-key": "deploy-42" } };
    const answers = await Promise.all(
      Array.from({ length: REQUESTS }, (_, n) => apis[n % 2 === 0 ? 0 : 1]("POST jobs/once/runs", key)),
    );
    const runs = new Set(answers.map(({ status, json, text }) => `${status} ${json?.run ?? text}`));
    expect([...runs]).toEqual([expect.stringMatching(/^202 once-\d{8}t\d{6}z-[0-9a-f]{12}$/)]);
    const ended = async (api: (typeof apis)[number]) =>
      eventually("its end", async () => {
        const { items } = (await api("GET jobs/once/runs")).json;
        return items.length > 0 && items.every(({ state }: { state: string }) => state === "ended") ? items : undefined;
      });
    // What a run has used may be noted by another scheduler than the one that notes its end, and later.
    const a = await eventually("both to show the same", async () => {
      const [one, other] = await Promise.all(apis.map(ended));
      return isDeepStrictEqual(one, other) ? one : undefined;
    });
    expect(a).toMatchObject([{ outcome: { kind: "failed", exitCode: 4 }, by: { via: "api" } }]);
    expect([...one.all("run-started"), ...other.all("run-started")]).toHaveLength(1);
  } finally {
    const filter = ["--filter", `label=shipbell.instance=${instance}`];
    const { docker } = first;
    for (const what of ["service", "config"]) {
      const ids = (await docker(what, "ls", "-q", ...filter)).split("\n").filter(Boolean);
      if (ids.length > 0) await docker(what, "rm", ...ids);
    }
  }
});
