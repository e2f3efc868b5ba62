import { expect, test } from "vitest";
import { parse, parseJob } from "../parse.ts";

test("keys that begin with x- are the user's, wherever Compose has them", () => {
  const { template, policies } = parseJob(`x-team: shop
history: { succeeded: 1, x-why: disk }
deploy: { x-a: 1, resources: { limits: { memory: 64m, x-b: [1] } } }
volumes: [{ type: volume, source: a, target: /b, x-c: {} }]
networks: { back: { aliases: [a], x-d: } }`);
  expect(template).toMatchObject({
    limits: { memoryBytes: 67_108_864 },
    networkSettings: { back: { aliases: ["a"] } },
  });
  expect(policies.history.succeeded).toBe(1);
});

test("a name of the user's may begin so", () => {
  const { template } = parseJob("environment: { x-a: 1 }\nlabels: { x-b: 2 }\nnetworks: { x-c: }");
  expect(template).toMatchObject({ environment: { "x-a": "1" }, labels: { "x-b": "2" }, networks: ["x-c"] });
});

test("a map of nothing else is no map of keys", () => {
  const { problems } = parse("jobs: { backup: { x-a: 1 } }");
  expect(problems.map(({ message }) => message)).toEqual(["schedule is missing", "image is missing"]);
});
