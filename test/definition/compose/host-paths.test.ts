import { expect, test } from "vitest";
import { formatProblem } from "../../../src/job/problem.ts";
import { parse } from "../parse.ts";

const says = (text: string, change: object = {}) =>
  parse(text, { doubtHostPaths: true, ...change }).problems.map(formatProblem);

const mounts = (volumes: string) => `jobs:\n  a: { schedule: '@daily', image: x, volumes: [${volumes}] }\n`;
const hint = "write the absolute path that it has on the host";

test.each(["./data:/data", "{ type: bind, source: ./data, target: /data }"])(
  "a relative path to mount is a path of the host, which is a warning: %s",
  (volume) => {
    expect(says(mounts(`'${volume}'`.replace(/^'(\{.*\})'$/, "$1")))).toEqual([
      `jobs.yml:2:48: warning: volumes has the relative path ./data, which is /etc/shipbell/data on the host, not in shipbell's own container (${hint})`,
    ]);
  },
);

test.each(["/srv/data:/data", "data:/data", "/data"])("%s is none", (volume) => {
  expect(says(mounts(`'${volume}'`))).toEqual([]);
});

const file = (section: string, path: string) =>
  `${section}:\n  one: { file: ${path} }\njobs:\n  a: { schedule: '@daily', image: x, ${section}: [one] }\n`;

test.each(["secrets", "configs"])(
  "so is the file of %s, but on a Swarm, which is given what shipbell reads",
  (section) => {
    const said = `jobs.yml:2:16: warning: ${section}.one.file has the relative path ./x, which is /etc/shipbell/x on the host, not in shipbell's own container (${hint})`;
    expect(says(file(section, "./x"))).toEqual([said]);
    expect(says(file(section, "./x"), { engine: "container" })).toEqual([said]);
    expect(says(file(section, "./x"), { engine: "service" })).toEqual([]);
    expect(says(file(section, "/srv/x"))).toEqual([]);
  },
);

test("what shipbell reads itself is no path of the host", () => {
  const text = "jobs:\n  a: { schedule: '@daily', image: x, env_file: ./a.env, label_file: ./a.env }\n";
  expect(says(text, { readReferenced: () => ({ text: "A=1\n" }) })).toEqual([]);
});
