import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatNext, parseFrom } from "../../src/cli/commands/next.ts";
import { forecast } from "../../src/view/times/forecast.ts";

const page = readFileSync(new URL("../../docs/schedules.md", import.meta.url), "utf8");
const command = /\$ shipbell next --schedule "([^"]+)" --timezone (\S+) --from (\S+) --count (\d+)\n([^`]*)```/g;
const examples = [...page.matchAll(command)].map(([, ...parts]) => parts as [string, string, string, string, string]);

test("docs/schedules.md has examples", () => expect(examples.length).toBeGreaterThan(3));

test.each(examples)("its example of %s in %s from %s is true", (pattern, timezone, text, count, output) => {
  const from = parseFrom(text, timezone) as Date;
  const query = { schedules: [{ pattern, timezone }], from, count: Number(count) };
  expect(formatNext(forecast(query), { ...query, format: "text" })).toBe(output.trimEnd());
});
