import { expect, test } from "vitest";
import { apiRoutes } from "../../src/http/api/routes.ts";
import { webRoutes } from "../../src/http/web/routes.ts";
import { createMetrics } from "../../src/observe/metrics/metrics.ts";
import { writeSchedulerView } from "../../src/view/scheduler/scheduler-text.ts";
import { parse } from "../definition/parse.ts";
import { aRecord, at } from "../support/a-job.ts";
import { aWorld } from "../support/a-world.ts";
import { askPage } from "../support/ask-page.ts";
import { declaredJob } from "../support/scheduler-answer.ts";
import { ask } from "./api/ask.ts";

/** Stands wherever a request may have a secret. */
const CANARY = "zqcanary";

const file = `
jobs:
  clean:
    schedule: "@hourly"
    launch: http
    http:
      url: https://app.example.org/${CANARY}?key=${CANARY}
      headers: { Authorization: "Bearer ${CANARY}", X-Key_file: /run/secrets/${CANARY} }
      body: "${CANARY}"
      ca_file: /run/secrets/${CANARY}.pem
      expect: [200, 204-205]
`;

test("nothing of a request but method, host, names of headers and statuses is shown", async () => {
  const read = parse(file);
  expect(read.problems).toEqual([]);
  const [job] = read.jobs;
  if (job === undefined) throw new Error("there is no job");
  const plain = aWorld();
  const world = aWorld({
    records: () => new Map([["clean", aRecord(at("11:00"), {}, job)]]),
    definition: (name) => (name === "clean" ? job : undefined),
    scheduler: () => ({ ...plain.scheduler(), jobs: new Map([["clean", declaredJob({}, job)]]) }),
  });
  const said: string[] = [...writeSchedulerView(world.scheduler())];
  const fill = (path: string) => path.replace(":job", "clean");
  for (const { method, path } of webRoutes)
    if (method === "GET" && !/:run|output|:channel/.test(path)) said.push((await askPage(fill(path), { world })).body);
  for (const { method, path } of apiRoutes)
    if (method === "GET" && /\/(jobs|problems|scheduler|explain)/.test(path) && !/:run|stream/.test(path))
      said.push(JSON.stringify((await ask(world, `GET ${fill(path)}`, { role: "operate" })).json));
  const facts = { scheduler: world.scheduler(), records: world.records(), sources: [] };
  const metrics = createMetrics(() => ({ ...facts, startsPrepared: { used: 0, unused: 0 } }) as never, {
    version: "0",
    nodeVersion: "v24",
  });
  for await (const chunk of metrics.scrape("").chunks) said.push(String(chunk));
  const { json } = await ask(world, "GET /api/v1/jobs/clean", { role: "operate" });
  expect(json).toMatchObject({
    definition: {
      kind: "http",
      request: "POST https://app.example.org/…",
      headers: ["Authorization", "X-Key"],
      expect: "200, 204-205",
    },
  });
  const page = said.filter(
    (text) => text.includes("POST https://app.example.org/…") && text.includes("<dt>sends</dt>"),
  );
  expect(page.length).toBeGreaterThan(0);
  expect(said.filter((text) => text.includes(CANARY))).toEqual([]);
});
