import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { apiRoutes } from "../../../src/http/api/routes.ts";
import { FAULT_STATUS } from "../../../src/http/fault.ts";
import type { World } from "../../../src/http/world.ts";
import type { Job } from "../../../src/job/job.ts";
import { doubtOf } from "../../../src/schedule/crontab/doubt.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { checkText } from "../../../src/sources/check-text.ts";
import { Scene } from "../../scenarios/scene.ts";
import { aJob, at } from "../../support/a-job.ts";
import { type Asking, ask } from "./ask.ts";
import { worldOf } from "./scene-world.ts";

const path = join(import.meta.dirname, "../../../docs/api.md");
const page = readFileSync(path, "utf8");
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8"));

const jobs: readonly Job[] = [
  aJob({
    name: "backup",
    schedules: [{ pattern: "0 3 * * *", timezone: "Asia/Seoul" }],
    inputs: { DAY: { type: "date" } },
  }),
  aJob({ name: "report", schedules: [{ pattern: "*/15 * * * *", timezone: "Europe/Berlin" }], hash: "h2" }),
];

let scene: Scene;
let world: World;
beforeAll(async () => {
  scene = new Scene(at("11:50"), ({ order, print, exit }) => {
    print("dumping shop");
    if (order.job === "report") void scene.clock.wait(41_000, new AbortController().signal).then(() => exit(0));
  });
  const scheduler = await scene.startScheduler(jobs);
  await scene.clock.advanceTo(at("12:01"));
  const { check } = createTimetables();
  const base = worldOf(scene, scheduler, jobs);
  world = {
    ...base,
    version,
    scheduler: () => ({ ...base.scheduler(), version }),
    check: (text) =>
      checkText(text, {
        defaultTimezone: "UTC",
        checkSchedule: check,
        doubtSchedule: doubtOf,
        clock: scene.clock,
        engine: "container",
      }),
  };
});

/** What the request answers now; its answer as `jq` prints it. */
async function outputOf(line: string): Promise<string> {
  const { method, target, asking, filter } = parseCurl(line);
  const answer = ask(world, `${method} ${target}`, asking);
  await scene.clock.advance(3000);
  const { json } = await answer;
  const shown = filter
    .split(".")
    .filter(Boolean)
    .reduce((value, key) => value[key], json);
  return JSON.stringify(shown, null, 2);
}

/** The few flags of curl that the page has. */
function parseCurl(line: string) {
  const [, command = "", filter = "."] = /^curl -s (.*?) \| jq (\S+)$/.exec(line) ?? [];
  const words = [...command.matchAll(/\$'((?:[^'\\]|\\.)*)'|'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, escaped, single, double, plain]) => escaped?.replaceAll("\\n", "\n") ?? single ?? double ?? plain ?? "",
  );
  const headers: Record<string, string> = {};
  const flags = new Map<string, string>();
  let url = "";
  for (let place = 0; place < words.length; place++) {
    const word = words[place] ?? "";
    if (!word.startsWith("-")) url = word;
    else {
      const value = words[++place] ?? "";
      if (word === "-H") headers[value.split(": ")[0] ?? ""] = value.split(": ")[1] ?? "";
      else flags.set(word, value);
    }
  }
  const [data, text] = [flags.get("-d"), flags.get("--data-binary")];
  const method = flags.get("-X") ?? (text === undefined ? "GET" : "POST");
  const asking: Asking = {
    // The token is one with the role operate; without it there is the role of everyone.
    role: headers.Authorization === undefined ? "status" : "operate",
    headers,
    ...(data !== undefined && { json: JSON.parse(data) }),
    ...(text !== undefined && { text }),
  };
  return { method, target: url.replace("http://127.0.0.1:8494", ""), asking, filter };
}

/** The page, with what each `$ curl …` of its examples answers now, one after the other. */
async function withRealOutput(): Promise<string> {
  const parts = page.split(/(?<=^```console\n)|(?=^```$)/m);
  const real: string[] = [];
  for (const part of parts) {
    const [, line] = /^\$ (curl .*)$/m.exec(part) ?? [];
    real.push(part.startsWith("$ curl ") && line !== undefined ? `$ ${line}\n${await outputOf(line)}\n` : part);
  }
  return real.join("");
}

// `npx vitest run --project unit test/http/api/api-docs.test.ts -u` writes the page again.
test("docs/api.md shows what the API answers", async () => {
  await expect(await withRealOutput()).toMatchFileSnapshot(path);
});

test("docs/api.md has every address, with its role", () => {
  for (const { method, path, role } of apiRoutes) {
    const shown = path.replace(":job", "JOB").replace(":channel", "CHANNEL").replace(":run", "RUN");
    expect(page).toMatch(new RegExp(`^\\| \`${method} ${shown.replaceAll(".", "\\.")}\` \\|.*\\| ${role} \\|$`, "m"));
  }
});

test("docs/api.md has every code that the API answers, with its status, and no other", () => {
  const [, table = ""] = page.split("### All codes");
  const rows = [...table.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| .+ \|$/gm)].map(([, code, status]) => [
    code,
    Number(status),
  ]);
  expect(Object.fromEntries(rows)).toEqual(FAULT_STATUS);
});
