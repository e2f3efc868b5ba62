/** A line of code, and whether a file of this path may have it. */
export interface ImportRule {
  readonly file: string;
  readonly code: string;
  readonly verdict: "may" | "must not";
}

/** By file, what it may import and what it must not; `docs/architecture.md` says why. */
const imports: Readonly<Record<string, { readonly may: readonly string[]; readonly mustNot: readonly string[] }>> = {
  "src/main.ts": {
    may: ["./cli/run-cli.ts", "./cli/health.ts"],
    mustNot: ["./app.ts", "./settings/settings.ts", "./runs/loop.ts"],
  },
  "src/app.ts": {
    may: ["./app-state.ts", "./clock.ts", "./engines/docker/connect.ts", "./observe/log/log.ts", "node:fs"],
    mustNot: ["./cli/command.ts", "./main.ts", "pino", "dockerode", "prom-client", "node:timers/promises"],
  },
  "src/clock.ts": { may: [], mustNot: ["./job/job.ts", "node:timers"] },
  "src/settings/anything.ts": {
    may: ["../schedule/clock/zone.ts", "../job/problem.ts", "../engines/kinds.ts"],
    mustNot: [
      "../schedule/timetable.ts",
      "../engines/open.ts",
      "node:fs",
      "../clock.ts",
      "../app.ts",
      "../cli/command.ts",
      "yargs",
    ],
  },
  "src/job/anything.ts": {
    may: ["./job.ts", "node:crypto"],
    mustNot: [
      "../definition/reading.ts",
      "../ledger/record.ts",
      "../clock.ts",
      "../settings/settings.ts",
      "zod",
      "yaml",
    ],
  },
  "src/definition/anything.ts": {
    may: ["./compose/template.ts", "../job/job.ts", "zod", "node:crypto"],
    mustNot: ["../decide/due.ts", "../ledger/record.ts", "../clock.ts", "../settings/settings.ts", "node:fs", "croner"],
  },
  "src/definition/values/anything.ts": {
    may: ["./duration.ts", "../../job/job.ts", "zod"],
    mustNot: ["../files/yaml-value.ts", "../compose/template.ts", "../read-job.ts", "yaml"],
  },
  "src/definition/variables/anything.ts": {
    may: ["./interpolate.ts", "../values/issue.ts"],
    mustNot: ["../compose/template.ts", "../files/yaml-value.ts", "node:fs"],
  },
  "src/definition/compose/anything.ts": {
    may: ["../values/fields.ts", "../variables/env-file.ts", "../schema-issues.ts", "zod"],
    mustNot: [
      "../read-job.ts",
      "../policies.ts",
      "../files/yaml-value.ts",
      "../labels/label-keys.ts",
      "yaml",
      "../../engines/engine.ts",
    ],
  },
  "src/definition/files/anything.ts": {
    may: ["../compose-form.ts", "../read-job.ts", "../values/issue.ts", "yaml"],
    mustNot: ["../labels/parse-labels.ts", "node:fs", "../../sources/source.ts"],
  },
  "src/definition/labels/anything.ts": {
    may: ["../compose-form.ts", "../read-job.ts"],
    mustNot: ["../files/yaml-value.ts", "yaml", "../../engines/docker/specs/run-labels.ts"],
  },
  "src/sources/anything.ts": {
    may: [
      "./source.ts",
      "../clock.ts",
      "../job/job.ts",
      "../definition/labels/parse-labels.ts",
      "node:fs/promises",
      "node:path",
    ],
    mustNot: [
      "../definition/read-job.ts",
      "../engines/docker/connect.ts",
      "../engines/engine.ts",
      "../observe/log/log.ts",
      "../http/server.ts",
      "../app.ts",
      "yaml",
    ],
  },
  "src/schedule/anything.ts": {
    may: ["./timetable.ts", "./clock/zone.ts", "../job/job.ts"],
    mustNot: ["croner", "cronstrue", "../ledger/record.ts", "../decide/due.ts", "../clock.ts", "node:fs"],
  },
  "src/schedule/crontab/anything.ts": { may: ["../clock/zone.ts", "./pattern.ts"], mustNot: ["cronstrue", "croner"] },
  "src/schedule/crontab/schedule-in-words.ts": {
    may: ["cronstrue", "./pattern.ts"],
    mustNot: ["croner", "../../clock.ts", "../timetable.ts"],
  },
  "src/schedule/clock/anything.ts": { may: ["./zone.ts"], mustNot: ["../crontab/pattern.ts", "../../clock.ts"] },
  "src/schedule/clock/days.ts": { may: ["croner"], mustNot: ["../../clock.ts", "node:fs", "../../runs/loop.ts"] },
  "src/decide/anything.ts": {
    may: ["../job/job.ts", "../schedule/timetable.ts", "../ledger/record.ts", "../ledger/changes/marks.ts"],
    mustNot: [
      "../schedule/crontab/pattern.ts",
      "../clock.ts",
      "../runs/book.ts",
      "../ledger/ledger.ts",
      "../engines/docker/connect.ts",
      "node:crypto",
    ],
  },
  "src/ledger/anything.ts": {
    may: ["./record.ts", "../job/job.ts"],
    mustNot: ["../decide/due.ts", "../engines/engine.ts", "../observe/log/log.ts", "../clock.ts", "zod", "node:fs"],
  },
  "src/ledger/record-json.ts": { may: ["zod", "./record.ts"], mustNot: ["yaml", "node:fs", "../clock.ts"] },
  "src/ledger/changes/anything.ts": {
    may: ["../record.ts"],
    mustNot: ["../../clock.ts", "node:crypto", "../record-json.ts", "../ledger.ts"],
  },
  "src/ledger/sqlite/anything.ts": {
    may: ["../record.ts", "../../clock.ts", "node:sqlite"],
    mustNot: ["../../decide/due.ts", "../../engines/docker/connect.ts", "zod", "pino"],
  },
  "src/runs/anything.ts": {
    may: ["../engines/engine.ts", "../decide/due.ts", "../ledger/ledger.ts", "../clock.ts", "./launch/launch.ts"],
    mustNot: [
      "../engines/docker/connect.ts",
      "../engines/kinds.ts",
      "../observe/log/log.ts",
      "../http/server.ts",
      "../sources/source.ts",
      "../cli/command.ts",
      "../ledger/sqlite/sqlite-ledger.ts",
      "../app.ts",
      "node:fs",
      "dockerode",
    ],
  },
  "src/runs/attempts/anything.ts": {
    may: ["../outcomes.ts", "../work.ts", "../../decide/step.ts"],
    mustNot: ["../loop.ts", "../pass.ts", "../launch/launches.ts"],
  },
  "src/runs/launch/anything.ts": {
    may: ["../outcomes.ts", "../../ledger/changes/attempts.ts"],
    mustNot: ["../attempts/attempts.ts", "../output/run-logs.ts", "../loop.ts", "../pass.ts", "../work.ts"],
  },
  "src/engines/anything.ts": {
    may: ["./swarm/kind.ts", "../ledger/ledger.ts", "../job/job.ts", "../sources/source.ts"],
    mustNot: [
      "dockerode",
      "../runs/loop.ts",
      "../sources/catalog.ts",
      "../observe/log/log.ts",
      "../settings/settings.ts",
    ],
  },
  "src/engines/containers/anything.ts": {
    may: ["../docker/connect.ts", "../engine.ts"],
    mustNot: ["../exec/exec-carrier.ts", "../swarm/service-carrier.ts", "../../sources/source.ts", "dockerode"],
  },
  "src/engines/containers/parts.ts": {
    may: ["../kind.ts", "../../sources/labelled-objects.ts", "../../ledger/sqlite/sqlite-ledger.ts"],
    mustNot: ["../exec/exec-carrier.ts", "../../sources/schedule-files.ts", "../../settings/settings.ts"],
  },
  "src/engines/docker/anything.ts": {
    may: ["dockerode", "docker-modem", "../engine.ts", "../../job/job.ts", "node:http"],
    mustNot: ["../swarm/service-carrier.ts", "../containers/container-carrier.ts", "../exec/exec-carrier.ts"],
  },
  "src/engines/docker/specs/anything.ts": {
    may: ["../containers.ts", "./run-labels.ts", "../../../job/job.ts"],
    mustNot: ["dockerode", "node:fs", "../registry/images.ts"],
  },
  "src/engines/swarm/anything.ts": {
    may: ["../docker/connect.ts", "../docker/specs/copy.ts", "../engine.ts"],
    mustNot: ["dockerode", "../containers/container-carrier.ts", "../exec/exec-carrier.ts", "../../runs/loop.ts"],
  },
  "src/engines/exec/anything.ts": {
    may: ["../docker/connect.ts", "../engine.ts"],
    mustNot: ["../swarm/service-carrier.ts", "../containers/container-carrier.ts", "dockerode"],
  },
  "src/view/anything.ts": {
    may: [
      "./standing.ts",
      "./words/outcome.ts",
      "../job/job.ts",
      "../ledger/record.ts",
      "../schedule/timetable.ts",
      "zod",
    ],
    mustNot: [
      "../schedule/crontab/pattern.ts",
      "../clock.ts",
      "node:fs",
      "../runs/loop.ts",
      "../ledger/ledger.ts",
      "../operate/run.ts",
      "../cli/command.ts",
      "pino",
    ],
  },
  "src/view/words/anything.ts": {
    may: ["./time.ts", "../due.ts", "../../ledger/record.ts", "../../schedule/clock/zone.ts"],
    mustNot: ["../explain/explain.ts", "../../clock.ts", "../../cli/terminal/table.ts", "zod"],
  },
  "src/view/explain/anything.ts": {
    may: ["./sentence.ts", "../standing.ts", "../words/time.ts", "../../decide/cursor-ahead.ts"],
    mustNot: ["../../clock.ts", "../../ledger/ledger.ts", "../../cli/terminal/table.ts", "zod"],
  },
  "src/operate/anything.ts": {
    may: ["./operation.ts", "../clock.ts", "../ledger/ledger.ts", "../ledger/changes/operators.ts", "../view/find.ts"],
    mustNot: [
      "../cli/command.ts",
      "../cli/terminal/terminal.ts",
      "../http/server.ts",
      "../runs/loop.ts",
      "../engines/docker/connect.ts",
      "yargs",
      "node:http",
    ],
  },
  "src/observe/log/anything.ts": {
    may: ["pino", "../run-events.ts", "../../view/words/verdict.ts", "../../job/job.ts"],
    mustNot: ["prom-client", "../../runs/loop.ts", "../../ledger/ledger.ts", "../../clock.ts"],
  },
  "src/observe/metrics/anything.ts": {
    may: ["prom-client", "../run-events.ts", "../../ledger/record.ts", "../../view/scheduler-view.ts"],
    mustNot: ["pino", "../../settings/settings.ts", "../../engines/docker/connect.ts", "../../clock.ts"],
  },
  "src/http/anything.ts": {
    may: ["node:http", "../clock.ts", "../view/scheduler-view.ts", "../job/job.ts"],
    mustNot: [
      "prom-client",
      "../observe/metrics/metrics.ts",
      "../runs/loop.ts",
      "../ledger/ledger.ts",
      "../engines/docker/connect.ts",
    ],
  },
  "src/cli/anything.ts": {
    may: [
      "yargs",
      "../app.ts",
      "../engines/open.ts",
      "../operate/run.ts",
      "../sources/schedule-files.ts",
      "../observe/cause.ts",
    ],
    mustNot: [
      "../schedule/crontab/pattern.ts",
      "../settings/table.ts",
      "../sources/catalog.ts",
      "../observe/log/log.ts",
      "../http/server.ts",
      "../runs/loop.ts",
      "../ledger/sqlite/sqlite-ledger.ts",
      "../ledger/changes/operators.ts",
      "../view/explain/runs.ts",
      "dockerode",
      "croner",
      "pino",
      "zod",
    ],
  },
  "src/cli/terminal/anything.ts": {
    may: ["./table.ts", "../command.ts", "../../view/job-view.ts"],
    mustNot: ["../ls.ts", "../../observe/log/log.ts", "../../operate/run.ts", "zod"],
  },
  "src/cli/output/anything.ts": {
    may: ["./follow-output.ts", "../terminal/terminal.ts", "../../operate/patient-reader.ts"],
    mustNot: ["../logs.ts", "../../operate/run.ts", "../../engines/docker/connect.ts", "yargs"],
  },
};

/** What is not seen by the name of the file that is imported. */
const others: readonly ImportRule[] = [
  // However it is imported.
  mustNot("src/job/anything.ts", 'export type { Clock } from "../clock.ts";'),
  mustNot("src/job/anything.ts", 'export const loaded = await import("../app.ts");'),
  mustNot("src/job/anything.ts", 'import "./deeper/file.ts";'),
  // The clock is given.
  mustNot("src/operate/anything.ts", 'export { systemClock } from "../clock.ts";'),
  mustNot("src/runs/anything.ts", 'export { systemClock } from "../clock.ts";'),
  may("src/cli/anything.ts", 'export { systemClock } from "../clock.ts";'),
  may("src/runs/anything.ts", 'export type { Clock } from "../clock.ts";'),
  mustNot("src/runs/anything.ts", "export const now = new Date();"),
  mustNot("src/runs/anything.ts", "export const nowMs = Date.now();"),
  mustNot("src/engines/docker/anything.ts", "setTimeout(() => {}, 1000);"),
  mustNot("src/engines/docker/anything.ts", "setInterval(() => {}, 1000);"),
  mustNot("src/observe/log/anything.ts", "export const elapsed = performance.now();"),
  mustNot("src/observe/log/anything.ts", 'export { setTimeout as pause } from "node:timers/promises";'),
  may("src/observe/log/anything.ts", 'export { setImmediate as turn } from "node:timers/promises";'),
  may("src/http/anything.ts", 'export { setImmediate as turn } from "node:timers/promises";'),
  mustNot("src/http/anything.ts", 'export { setTimeout as pause } from "node:timers/promises";'),
  may("src/runs/anything.ts", "export const then = new Date(0);"),
  may("src/clock.ts", "export const now = new Date();"),
  may("src/clock.ts", "setTimeout(() => {}, 1000);"),
  // No circles, not even of types.
  mustNot("src/ledger/there.ts", 'export type { Back } from "./back.ts";'),
  mustNot("src/ledger/back.ts", 'export type { There } from "./there.ts";'),
];

export const importRules: readonly ImportRule[] = [
  ...Object.entries(imports).flatMap(([file, rules]) => [
    ...rules.may.map((path) => may(file, `import "${path}";`)),
    ...rules.mustNot.map((path) => mustNot(file, `import "${path}";`)),
  ]),
  ...others,
];

function may(file: string, code: string): ImportRule {
  return { file, code, verdict: "may" };
}

function mustNot(file: string, code: string): ImportRule {
  return { file, code, verdict: "must not" };
}
