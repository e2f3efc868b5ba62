import { expect, test } from "vitest";
import { Scene } from "../../scenarios/scene.ts";
import { aJob, at } from "../../support/a-job.ts";
import { askPage } from "../../support/ask-page.ts";
import { type Asking, ask } from "./ask.ts";
import { worldOf } from "./scene-world.ts";

const jobs = ["host-1", "host-2"].map((node) =>
  aJob({
    name: `clean.${node}`,
    schedules: [{ pattern: "* * * * *", timezone: "UTC" }],
    node: { of: "clean", id: `id-${node}`, name: node },
  }),
);

/** After one run on each node: that on host-2 has failed. */
async function setUp() {
  const scene = new Scene(at("12:01:30"), ({ order, exit }) => exit(order.job === "clean.host-2" ? 1 : 0), "service");
  const scheduler = await scene.startScheduler([...jobs, aJob()]);
  await scene.clock.advance(60_000);
  const world = worldOf(scene, scheduler, [...jobs, aJob()]);
  const send = async (line: string, asking: Asking = {}) => {
    const answer = ask(world, line, asking);
    await scene.clock.advance(1000);
    return answer;
  };
  return { scene, world, send };
}

test("a job on each node is shown with the job of each", async () => {
  const { send } = await setUp();
  const { json } = await send("GET /api/v1/groups/clean", { role: "status" });
  expect(json).toMatchObject({
    group: "clean",
    summary: "2 nodes, 1 succeeded, host-2 failed",
    items: [
      { job: "clean.host-1", node: { of: "clean", id: "id-host-1", name: "host-1" } },
      { job: "clean.host-2", lastOutcome: "failed (1)" },
    ],
  });
});

test.each(["pause", "resume", "reset"])("%s is for the jobs of all its nodes, and for no other", async (what) => {
  const { scene, send } = await setUp();
  if (what === "resume") await send("POST /api/v1/groups/clean/pause", { json: {} });
  const { status, deeds, json } = await send(`POST /api/v1/groups/clean/${what}`, { json: {} });
  expect({ status, deeds }).toEqual({
    status: 200,
    deeds: [
      { what, job: "clean.host-1" },
      { what, job: "clean.host-2" },
    ],
  });
  expect(json.items.map((item: object) => "paused" in item)).toEqual([what === "pause", what === "pause"]);
  expect(scene.record("backup").paused).toBeUndefined();
});

test("a caller who is limited to the job of one node has that alone", async () => {
  const { scene, send } = await setUp();
  const limited = { jobs: ["clean.host-1"] };
  expect((await send("GET /api/v1/groups/clean", limited)).json.summary).toBe("1 node, 1 succeeded");
  await send("POST /api/v1/groups/clean/pause", { ...limited, json: {} });
  expect(scene.record("clean.host-1").paused).toBeDefined();
  expect(scene.record("clean.host-2").paused).toBeUndefined();
});

test.each([
  ["backup", "backup is a job of its own: see jobs/backup."],
  [
    "cleen",
    'There is no job "cleen" (where a label or file declares it, "shipbell problems" says what is wrong with that).',
  ],
])("%s is no such job", async (group, message) => {
  const { send } = await setUp();
  const { status, json } = await send(`GET /api/v1/groups/${group}`);
  expect({ status, code: json.code, message: json.message ?? json.detail }).toEqual({
    status: 404,
    code: "no-such-job",
    message,
  });
});

test("the page of that name shows them below each other, and that of one leads back", async () => {
  const { world } = await setUp();
  const { body, status } = await askPage("/jobs/clean", { world, caller: { role: "status" } });
  expect(status ?? 200).toBe(200);
  expect(body).toContain("On each node: 2 nodes, 1 succeeded, host-2 failed");
  for (const { name } of jobs) expect(body).toContain(`jobs/${name}`);
  expect((await askPage("/jobs/clean.host-1", { world, caller: { role: "status" } })).body).toContain('jobs/clean"');
  expect((await askPage("/jobs/cleen", { world })).status).toBe(404);
});
