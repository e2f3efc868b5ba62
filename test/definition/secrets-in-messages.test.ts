// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables are among what is tested
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseDocument, visit } from "yaml";
import { formatProblem } from "../../src/job/problem.ts";
import { doubtOf } from "../../src/schedule/crontab/doubt.ts";
import { checkSchedule } from "../../src/schedule/timetable.ts";
import { amount } from "../support/full.ts";
import { anObject, readLabels } from "./labels/labels.ts";
import { parse } from "./parse.ts";

const CANARY = "hunter2";

/** How a secret may come to stand in a value that was right without it, or wrong already. */
const DAMAGES: readonly (readonly [string, (value: string) => string])[] = [
  ["in its place", () => CANARY],
  ["in its place, with what has a meaning for shells and paths", () => `${CANARY}&a:${CANARY}|b=${CANARY} /${CANARY}`],
  ["before it", (value) => `${CANARY}${value}`],
  ["after it", (value) => `${value}${CANARY}`],
  ["before it, with a colon", (value) => `${CANARY}:${value}`],
  ["after it, with a colon", (value) => `${value}:${CANARY}`],
  ["before it, with an equals sign", (value) => `${CANARY}=${value}`],
  ["before it, with a space", (value) => `${CANARY} =${value}`],
  ["before it, as a path", (value) => `~/${CANARY}/${value}`],
  ["after it, with an operator and a quote", (value) => `${value} -p${CANARY}& "${CANARY}`],
  ["not at all: it is twice there", (value) => `${value}${value}`.replace(/.+/s, `${CANARY}m`)],
];

const folders = ["good", "bad"].map((folder) => new URL(`../fixtures/${folder}/`, import.meta.url));
const fixtures = folders.flatMap((folder) =>
  readdirSync(folder)
    // Without a value, or with an alias of nothing: there is nothing to put a variable into.
    .filter((file) => !["empty.yml", "only-comments.yml", "alias-of-nothing.yml"].includes(file))
    .map((file) => [file, readFileSync(new URL(file, folder), "utf8")] as const),
);

interface Damaged {
  readonly text: string;
  readonly variables: Record<string, string>;
}

/** The same file with a variable in the place of each value, or of one in three. */
function withVariables(text: string, damage: (value: string) => string, which: (index: number) => boolean): Damaged {
  const document = parseDocument(text, { schema: "failsafe", uniqueKeys: false });
  const variables: Record<string, string> = {};
  let index = 0;
  visit(document, {
    Scalar: (key, node) => {
      if (key === "key" || typeof node.value !== "string" || !which(index++)) return;
      variables[`V${index}`] = damage(node.value);
      node.value = `\${V${index}}`;
      node.type = "QUOTE_DOUBLE";
    },
  });
  return { text: document.errors.length > 0 ? text : document.toString(), variables };
}

type Engine = "container" | "service";

/** All values, or one in three: what else is wrong is told then, too. */
const CHOICES: readonly (readonly [which: (index: number) => boolean, engines: readonly Engine[]])[] = [
  [() => true, ["container", "service"]],
  [(index) => index % 3 === 0, amount<readonly Engine[]>({ usual: ["container"], full: ["container", "service"] })],
  [(index) => index % 3 === 1, amount<readonly Engine[]>({ usual: ["service"], full: ["container", "service"] })],
];

test.each(DAMAGES)("a secret that a variable puts into any value, %s, is in no message", (_how, damage) => {
  for (const [path, text] of fixtures) {
    for (const [which, engines] of CHOICES) {
      const damaged = withVariables(text, damage, which);
      for (const engine of engines) {
        const settings = { path, variables: damaged.variables, engine, checkSchedule, doubtSchedule: doubtOf };
        const said = parse(damaged.text, settings).problems.map(formatProblem).join("\n");
        expect(said).not.toContain(CANARY);
        expect(said).not.toMatch(/[\uFDD0-\uFDD2]/);
      }
    }
  }
});

test("no message has the marks of what it quotes", () => {
  for (const [path, text] of fixtures) {
    for (const engine of ["container", "service"] as const)
      expect(parse(text, { path, engine, checkSchedule }).problems.map(formatProblem).join()).not.toMatch(
        /[\uFDD0-\uFDD2]/,
      );
  }
});

const job = (keys: string) => `jobs:\n  dump:\n    schedule: '@daily'\n    image: x\n    ${keys}\n`;
const says = (keys: string, variables: Record<string, string>) =>
  parse(job(keys), { variables }).problems.map(formatProblem).join("\n");

test.each([
  [
    "command: mysqldump -p${DB_PASSWORD}",
    { DB_PASSWORD: "a&hunter2" },
    /^jobs.yml:5:14: command "mysqldump -p\$\{DB_PASSWORD\}" has & outside quotes/,
  ],
  ["timeout: ${T}", { T: "soon" }, /^jobs.yml:5:14: timeout must be a duration.*, not "\$\{T\}"$/],
  [
    "volumes: ['/srv:${T}']",
    { T: "soon" },
    /^jobs.yml:5:15: volumes must be .*, not "\/srv:\$\{T\}": the target "\/srv:\$\{T\}" is not an absolute path$/,
  ],
  ["secrets: [{source: a, target: '${T}'}, {source: b, target: '${T}'}]", { T: "x" }, /secrets puts "…" at "…"/],
  ["user: ${NONE:?ask $T}", { T: "hunter2" }, /the variable NONE must be set: ask \$T/],
])("messages quote %s as it is written", (keys, variables, message) => {
  expect(says(keys, variables as unknown as Record<string, string>)).toMatch(message);
});

test("a schedule with variables is told as it is written, and so is a time zone", () => {
  const text =
    "jobs:\n  dump: { schedule: '${AT}', image: x }\n  late: { schedule: '@daily', timezone: '${ZONE}', image: x }\n";
  const { problems } = parse(text, { variables: { AT: "0 99 * * hunter2", ZONE: "Hunter2" }, checkSchedule });
  expect(problems.map(formatProblem)).toEqual([
    'jobs.yml:2:21: schedule "${AT}" is not a schedule, with its variables filled in',
    'jobs.yml:3:41: timezone "${ZONE}" is not an IANA time zone, with its variables filled in',
  ]);
});

test.each(["env_file", "label_file"])("what stands in an %s is in no message", (key) => {
  const lines = [
    "hunter2",
    "hunter2 hunter2=1",
    "A='x' hunter2",
    "A=x$hunter2",
    "A=x${hunter2",
    'A="x\nhunter2',
    "shipbell.x=hunter2",
  ];
  for (const line of lines)
    for (const format of ["", ", format: raw"]) {
      const { problems } = parse(job(`${key}: [{ path: ./a.env${format} }]`), {
        readReferenced: (path) => (path.endsWith("a.env") ? { text: line } : { unreadable: "no", isMissing: true }),
      });
      expect(problems.map(formatProblem).join()).not.toContain(CANARY);
    }
});

test("of a command in a label the program is quoted alone", () => {
  const commands = ["mysqldump -phunter2 | gzip", "PASSWORD=hunter2 dump", "dump 'hunter2", 'dump "hunter2'];
  for (const key of ["command", "entrypoint"])
    for (const command of commands) {
      const { says } = readLabels(anObject({ schedule: "@daily", [key]: command }));
      expect(says.join()).not.toContain(CANARY);
    }
  const { says } = readLabels(anObject({ schedule: "@daily", command: "mysqldump -phunter2 | gzip" }));
  expect(says).toEqual([expect.stringContaining('command "mysqldump …" has | outside quotes')]);
});

const request = (keys: string) =>
  `jobs: { a: { schedule: "@hourly", launch: http, http: { url: "http://app/", ${keys} } } }`;
const container = (keys: string) => `jobs: { a: { schedule: "@hourly", image: x, ${keys} } }`;

test.each([
  [
    request(`headers: "Authorization: Bearer ${CANARY}"`),
    "http.headers must be a map of headers such as Accept: text/plain, not what is written",
  ],
  [request(`headers: { "Authorization:Bearer ${CANARY}": }`), "http.headers.Authorization… is no name of a header"],
  [request(`headers: { "Authorization Bearer ${CANARY}": x }`), "http.headers.Authorization… is no name of a header"],
  [request(`"Authorization: Bearer ${CANARY}": `), 'unknown key "Authorization…" under http'],
  [request(`"https://${CANARY}@app/": x`), 'unknown key "https…" under http'],
  [container(`"command: dump -p${CANARY}": `), 'unknown key "command…"'],
  [container(`healthcheck: { "test:${CANARY}": x }`), 'unknown key "test…" under healthcheck'],
  [container(`environment: { "TOKEN=${CANARY}": }`), 'environment.TOKEN… has the name "TOKEN…"; a name has no "="'],
  [
    container(`environment: { "TOKEN ${CANARY} ": x }`),
    'environment.TOKEN… has the name "TOKEN…"; no space may stand before the "="',
  ],
  [`"TOKEN=${CANARY}": x\njobs: {}`, 'unknown key "TOKEN…"; at the top of a schedule file'],
  [`x-a: { }\n"TOKEN ${CANARY}": x\n"TOKEN ${CANARY}": x\njobs: {}`, 'the key "TOKEN…" occurs twice'],
])("of the key that a value was taken into, the name is told alone: %s", (text, message) => {
  const said = parse(text).problems.map(formatProblem).join("\n");
  expect(said).toContain(message);
  expect(said).not.toContain(CANARY);
});
