import { describe, expect, test } from "vitest";
import { apiRoutes } from "../../../src/http/api/routes.ts";
import { ROLES, type Role } from "../../../src/http/route.ts";
import type { ViewProblem } from "../../../src/view/scheduler/scheduler-view.ts";
import { Scene } from "../../scenarios/scene.ts";
import { aJob, aTemplate, at } from "../../support/a-job.ts";
import { ask } from "./ask.ts";
import { worldOf } from "./scene-world.ts";

/** What a definition, an operator or a process has written: nobody with the role status is to see any of it. */
const HIDDEN = {
  image: "canary-image",
  command: "canary-command",
  input: "canary-input",
  reason: "canary-reason",
  name: "ada",
  output: "canary-output",
  problem: "canary-problem",
};
/** What nobody at all is to see. */
const VALUE = "canary-value";

const problem: ViewProblem = { source: "files", at: "jobs.yml:3:5", message: HIDDEN.problem, hint: HIDDEN.problem };

async function setUp() {
  const scene = new Scene(at("12:01"), ({ print, exit }) => {
    print(HIDDEN.output);
    void scene.clock.wait(60_000, new AbortController().signal).then(() => exit(1));
  });
  scene.world.images.add(HIDDEN.image);
  const template = aTemplate({ image: HIDDEN.image, command: [HIDDEN.command], environment: { PASSWORD: VALUE } });
  const healthchecks = { url: `https://hc.example/${VALUE}`, output: false };
  const job = aJob({
    template,
    inputs: { NOTE: { type: "string", maxLength: 100 } },
    telling: { notify: [], healthchecks },
  });
  const scheduler = await scene.startScheduler([job]);
  await scene.clock.advance(0);
  const world = worldOf(scene, scheduler, [job]);
  const broken = { ...world, scheduler: () => ({ ...world.scheduler(), problems: [problem] }) };
  const starting = ask(broken, "POST /api/v1/jobs/backup/runs", {
    json: { inputs: { NOTE: HIDDEN.input }, reason: HIDDEN.reason },
  });
  await scene.clock.advance(3000);
  const { run } = (await starting).json;
  await ask(broken, `POST /api/v1/jobs/backup/pause`, { json: { reason: HIDDEN.reason } });
  await ask(broken, `POST /api/v1/pause`, { json: { reason: HIDDEN.reason } });
  await ask(broken, `POST /api/v1/runs/${run}/cancel`, { json: { reason: HIDDEN.reason } });
  await scene.clock.advance(20_000);
  return { world: broken, run };
}

/** Everything that a role can read, as one text. The helper's own caller is called ada: `you` says so. */
async function everything(role: Role): Promise<string> {
  const { world, run } = await setUp();
  const gets = apiRoutes.filter(({ method, path }) => method === "GET" && !/events|openapi/.test(path));
  const texts: string[] = [];
  for (const { path } of gets) {
    const { text, status } = await ask(world, `GET ${path.replace(":job", "backup").replace(":run", run)}`, { role });
    // No job here is declared for each node.
    expect(path.includes("/groups/") ? [403, 404] : [200, 403]).toContain(status);
    if (status === 200) texts.push(text.replace('"you":{"role":"status","name":"ada"}', ""));
  }
  return texts.join("\n");
}

describe("with the role status", async () => {
  const text = await everything("status");
  test.each(Object.entries(HIDDEN))("nobody reads the %s", (_, word) => expect(text).not.toContain(word));
});

test("with the role read, all of it can be read", async () => {
  const text = await everything("read");
  for (const word of Object.values(HIDDEN)) expect(text).toContain(word);
});

test.each(ROLES)("with the role %s, nobody reads a value of environment", async (role) => {
  expect(await everything(role)).not.toContain(VALUE);
});
