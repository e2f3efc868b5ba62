import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { CloudEvent } from "cloudevents";
import { describe, expect, it } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { cloudEvent } from "../../../src/view/notice/cloud-event.ts";
import { noticeSchema } from "../../../src/view/notice/notice-schema.ts";
import { sampleEvents } from "../../../src/view/notice/sample-events.ts";

const committed = readFileSync(join(import.meta.dirname, "../../../schema/notice.schema.json"), "utf8");
const ajv = new Ajv2020({
  strict: true,
  formats: { "date-time": (text: string) => !Number.isNaN(Date.parse(text)), uri: URL.canParse },
});
const validate = ajv.compile(JSON.parse(committed));

it("schema/notice.schema.json is what the shape of a notice says (npm run docs writes it)", () => {
  expect(committed).toBe(`${JSON.stringify(noticeSchema(), null, 2)}\n`);
});

it("the program prints it", async () => {
  const out: string[] = [];
  const say = (line: string) => out.push(line);
  const terminal = { env: {}, isTerminal: false, readFile: () => "", out: say, err: say, outBytes: async () => {} };
  expect(await runCli(["schema", "notices"], terminal)).toBe(0);
  expect(`${out.join("\n")}\n`).toBe(committed);
  expect(await runCli(["schema", "notice"], terminal)).toBe(2);
  expect(out.at(-1)).toBe('shipbell: there is no schema of "notice"; there are: files, notices');
});

describe.each(sampleEvents())("a notice $data.kind ($data.state)", (event) => {
  it("is as the published schema says", () => {
    expect(validate(JSON.parse(JSON.stringify(cloudEvent(event)))), JSON.stringify(validate.errors)).toBe(true);
  });

  it("is an event as the CloudEvents library takes it, in strict mode", () => {
    const read = new CloudEvent(JSON.parse(JSON.stringify(cloudEvent(event))), true);
    expect(read.validate()).toBe(true);
    expect(read.time).toBe(event.at.toISOString());
  });
});

it("the schema refuses what is none", () => {
  const [event] = sampleEvents();
  if (event === undefined) throw new Error("no sample");
  const { title: _, ...data } = event.data;
  expect(validate({ ...cloudEvent(event), data })).toBe(false);
  expect(validate({ ...cloudEvent(event), type: "shipbell.run.exploded" })).toBe(false);
});
