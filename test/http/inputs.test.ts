import { describe, expect, it } from "vitest";
import { html } from "../../src/http/web/html.ts";
import { INPUT_CASES, type InputCase } from "../fixtures/inputs.ts";
import { Scene } from "../scenarios/scene.ts";
import { aJob, at } from "../support/a-job.ts";
import { askPage } from "../support/ask-page.ts";
import { ask } from "./api/ask.ts";
import { worldOf } from "./api/scene-world.ts";

/** A scheduler with a job that declares these inputs, and what its process is given when it runs. */
async function setUp({ declared }: InputCase) {
  const job = aJob({ schedules: [], ...(declared && { inputs: declared }) });
  const scene = new Scene(at("12:01"), ({ print }) => print("begun"), "container");
  const scheduler = await scene.startScheduler([job]);
  await scene.clock.advance(0);
  const given = () => scene.world.executions.map(({ object }) => object.order?.inputs ?? {});
  return { scene, world: worldOf(scene, scheduler, [job]), given };
}

describe("POST /api/v1/jobs/JOB/runs gives the answers that every way in gives", () => {
  it.each(INPUT_CASES)("$name", async (row) => {
    const { scene, world, given } = await setUp(row);
    const asked = ask(world, "POST /api/v1/jobs/backup/runs", { json: { inputs: row.given } });
    await scene.clock.advance(3000);
    const { status, json } = await asked;
    if (row.values !== undefined) {
      expect({ status, inputs: json.inputs ?? {} }).toEqual({ status: 202, inputs: row.values });
      expect(given()).toEqual([row.values]);
    } else {
      const inputs = Object.entries(row.problems ?? {}).map(([input, message]) => ({ input, message }));
      expect(json).toMatchObject({ code: "bad-input", inputs });
      expect(given()).toEqual([]);
    }
  });
});

/** What a browser sends of a text is Unicode: half of a surrogate pair cannot be among it. */
const CAN_BE_SENT = INPUT_CASES.filter(({ given }) =>
  Object.values(given).every((value) => String(value).isWellFormed()),
);

describe("the form of a run gives the answers that every way in gives", () => {
  it.each(CAN_BE_SENT)("$name", async (row) => {
    const { scene, world, given } = await setUp(row);
    const fields = Object.fromEntries(
      Object.entries(row.given).map(([name, value]) => [`input.${name}`, String(value)]),
    );
    const asked = askPage("/jobs/backup/run", { world, method: "POST", fields: { id: "abcd1234", ...fields } });
    await scene.clock.advance(3000);
    const { status, body } = await asked;
    if (row.values !== undefined) {
      expect(status).toBe(303);
      expect(given()).toEqual([row.values]);
    } else {
      expect(status).toBe(422);
      for (const [input, message] of Object.entries(row.problems ?? {}))
        expect(body).toContain(html`${input} ${message}`.html);
      expect(given()).toEqual([]);
    }
  });
});
