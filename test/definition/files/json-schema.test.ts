import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { runCli } from "../../../src/cli/run-cli.ts";
import { fileJsonSchema } from "../../../src/definition/files/json-schema.ts";
import { parse } from "../parse.ts";

const HOUSE = join(import.meta.dirname, "../../..");
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
const validate = ajv.compile(fileJsonSchema());

const namesIn = (folder: string) => readdirSync(join(HOUSE, folder)).filter((name) => name.endsWith(".yml"));

/** The examples that are schedule files: they have jobs. */
function scheduleExamples(): string[] {
  const names = readdirSync(join(HOUSE, "docs/examples"), { recursive: true, encoding: "utf8" });
  const isSchedule = (name: string) =>
    /\.ya?ml$/.test(name) && /^jobs:/m.test(readFileSync(join(HOUSE, "docs/examples", name), "utf8"));
  return names.filter(isSchedule).sort();
}

/** As editors and other programs read YAML: numbers are numbers. Undefined for what is no YAML at all. */
function read(path: string): { readonly value: unknown } | undefined {
  const document = parseDocument(readFileSync(join(HOUSE, path), "utf8"), { merge: true });
  if (document.errors.length + document.warnings.length > 0) return undefined;
  try {
    return { value: document.toJS() };
  } catch {
    return undefined;
  }
}

/** What a schema of one value at a time cannot tell, and the parser can. */
const BEYOND_A_SCHEMA: Readonly<Record<string, string>> = {
  "command-unclosed-quote.yml": "how a shell splits a text into words",
  "command-with-pipe.yml": "how a shell splits a text into words",
  "declared-secret-unset.yml": "which variables there are",
  "env-file-missing.yml": "which files there are",
  "limits-that-clash.yml": "one size against another, and keys that mean the same",
  "limits-twice.yml": "two keys that mean the same",
  "network-mode-beside-networks.yml": "two keys that mean the same",
  "network-that-stands-alone.yml": "what else is in the list",
  "placement-constraints.yml": "Swarm's own words, in large or small letters",
  "reservation-above-limit.yml": "one size against another",
  "same-target.yml": "two files in one place",
  "schedule-duration.yml": "what a schedule is",
  "schedule-each-minute.yml": "what was meant; and it is a warning",
  "schedule-either-day.yml": "what was meant; and it is a warning",
  "schedule-never.yml": "the calendar",
  "schedule-nickname-wrong.yml": "what a schedule is",
  "schedule-six-fields.yml": "what was meant; and it is a warning",
  "schedule-too-few-fields.yml": "what a schedule is",
  "schedule-uneven-step.yml": "what was meant; and it is a warning",
  "schedule-weekday-wrong.yml": "what a schedule is",
  "schedule-wrong.yml": "what a schedule is",
  "schedule-zone-wrong.yml": "the zones that there are",
  "swap-without-memory.yml": "a key that needs another",
  "timezone-wrong.yml": "the zones that there are",
  "variable-invalid.yml": "whatever a variable stands for",
  "variable-required.yml": "which variables there are",
  "variable-unset-needed.yml": "which variables there are",
  "variable-unset.yml": "which variables there are; and it is a warning",
  "volume-mode.yml": "modes that go together",
  "volume-relative-target.yml": "what stands between colons",
};

describe("the JSON Schema, as another program understands it", () => {
  test("is the one that is published, and that the command prints", async () => {
    const out: string[] = [];
    const terminal = {
      out: (text: string) => void out.push(text),
      err: () => {},
      outBytes: async () => {},
      env: {},
      isTerminal: false,
    };
    expect(await runCli(["schema"], { ...terminal, readFile: () => "" })).toBe(0);
    expect(readFileSync(join(HOUSE, "schema/shipbell.schema.json"), "utf8")).toBe(`${out.join("\n")}\n`);
  });

  test.each([
    ...namesIn("test/fixtures/good").map((name) => `test/fixtures/good/${name}`),
    ...namesIn("schedules").map((name) => `schedules/${name}`),
    ...scheduleExamples().map((name) => `docs/examples/${name}`),
  ])("takes %s", (path) => {
    validate(read(path)?.value);
    expect(validate.errors).toBeNull();
  });

  const bad = namesIn("test/fixtures/bad").flatMap((name) => {
    const found = read(`test/fixtures/bad/${name}`);
    return found === undefined ? [] : [{ name, value: found.value }];
  });

  test.each(bad.filter(({ name }) => BEYOND_A_SCHEMA[name] === undefined))("refuses $name", ({ value }) => {
    expect(validate(value)).toBe(false);
  });

  test("takes of what is bad only what no schema can tell", () => {
    const taken = bad.filter(({ value }) => validate(value)).map(({ name }) => name);
    expect(taken).toEqual(Object.keys(BEYOND_A_SCHEMA));
  });

  const run = { schedule: "@daily", image: "busybox" };
  const exec = { schedule: "@daily", container: "db", command: "dump" };
  const either = { image: "busybox", container: "web" };
  test.each<[boolean, string, object]>([
    [
      true,
      "of which each has what the other kind of job needs",
      { defaults: either, jobs: { a: run, b: { ...exec, launch: "exec" } } },
    ],
    [
      true,
      "by which jobs are of the other kind",
      { defaults: { ...either, launch: "exec" }, jobs: { a: exec, b: { ...run, launch: "run" } } },
    ],
    [
      false,
      "next to a job with a key of the other kind",
      { defaults: either, jobs: { a: { ...run, container: "db" } } },
    ],
    [
      true,
      "of which each has what jobs of a third kind need",
      {
        defaults: { ...either, launch: "http", http: { url: "http://app/" } },
        jobs: { a: { schedule: "@daily", http: { method: "POST" } }, b: { ...run, launch: "run" } },
      },
    ],
    [false, "by which a job has a key of the other kind", { defaults: { launch: "exec" }, jobs: { a: run } }],
    [false, "by which a job that sends a request has an image", { defaults: { launch: "http" }, jobs: { a: run } }],
    [false, "with a key that no job has", { defaults: { imge: "busybox" }, jobs: { a: run } }],
  ])("says %j of defaults %s, and so does the parser", (isRight, _what, file) => {
    expect(validate(file)).toBe(isRight);
    expect(parse(JSON.stringify(file)).problems.length === 0).toBe(isRight);
  });

  test("asks for schedule and image only where no defaults may give them", () => {
    expect(validate({ jobs: { a: { image: "busybox" } } })).toBe(false);
    expect(validate({ defaults: { schedule: "@daily" }, jobs: { a: { image: "busybox" } } })).toBe(true);
  });
});
