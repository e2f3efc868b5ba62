/** A line of code, and whether a file of this path may have it. */
export interface ImportRule {
  readonly file: string;
  readonly code: string;
  readonly verdict: "may" | "must not";
}

/** By file, what it may import and what it must not; `docs/architecture.md` says why. */
const imports: Readonly<Record<string, { readonly may: readonly string[]; readonly mustNot: readonly string[] }>> = {
  "src/main.ts": {
    may: ["./cli/run-cli.ts", "./cli/commands/health.ts"],
    mustNot: ["./app/app.ts", "./settings/settings.ts", "./runs/loop.ts"],
  },
  "src/anything.ts": {
    may: ["./clock.ts", "./sources/source.ts", "./engines/docker/connect.ts", "node:https"],
    mustNot: ["./app/app.ts", "./app/state.ts", "./cli/command.ts", "./main.ts", "pino", "node:timers"],
  },
  "src/app/anything.ts": {
    may: ["./state.ts", "../clock.ts", "../job-sources.ts", "../engines/docker/connect.ts", "../observe/log/log.ts"],
    mustNot: [
      "./app.ts",
      "../cli/command.ts",
      "../main.ts",
      "../../openapi.ts",
      "pino",
      "dockerode",
      "prom-client",
      "node:timers/promises",
    ],
  },
  "src/clock.ts": { may: [], mustNot: ["./job/job.ts", "node:timers"] },
  "src/settings/anything.ts": {
    may: ["../schedule/clock/zone.ts", "../job/problem.ts", "../engines/kinds.ts"],
    mustNot: [
      "../schedule/timetable.ts",
      "../engines/open.ts",
      "node:fs",
      "../clock.ts",
      "../app/app.ts",
      "../cli/command.ts",
      "yargs",
    ],
  },
  "src/job/anything.ts": {
    may: ["./job.ts", "./inputs/inputs.ts", "node:crypto"],
    mustNot: [
      "../definition/reading.ts",
      "../ledger/record.ts",
      "../clock.ts",
      "../settings/settings.ts",
      "zod",
      "yaml",
    ],
  },
  "src/job/exclusions/anything.ts": {
    may: ["./date-ranges.ts", "../problem.ts", "../inputs/read-inputs.ts"],
    mustNot: ["../../schedule/timetable.ts", "../../definition/reading.ts", "../../clock.ts", "node:crypto", "zod"],
  },
  "src/definition/anything.ts": {
    may: ["./compose/template.ts", "../job/job.ts", "../job/exclusions/exclusions.ts", "zod", "node:crypto"],
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
  "src/definition/import/anything.ts": {
    may: [
      "./imported.ts",
      "./crontab/read-crontab.ts",
      "../files/parse-schedule-file.ts",
      "../values/job-name.ts",
      "yaml",
      "smol-toml",
      "ical.js",
    ],
    mustNot: ["node:fs", "../../schedule/timetable.ts", "../../clock.ts", "../../sources/source.ts"],
  },
  "src/definition/export/anything.ts": {
    may: ["./exported.ts", "./compose/export-compose.ts", "../files/parse-schedule-file.ts", "yaml"],
    mustNot: ["node:fs", "../../schedule/timetable.ts", "../../clock.ts", "../../sources/source.ts"],
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
      "../app/app.ts",
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
    may: [
      "../job/job.ts",
      "../schedule/timetable.ts",
      "../ledger/record.ts",
      "../ledger/changes/marks.ts",
      "../ledger/changes/pauses.ts",
    ],
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
  "src/ledger/instance-json.ts": { may: ["zod", "./record-json.ts"], mustNot: ["yaml", "node:fs", "../clock.ts"] },
  "src/ledger/record-json.ts": { may: ["zod", "./record.ts"], mustNot: ["yaml", "node:fs", "../clock.ts"] },
  "src/ledger/changes/anything.ts": {
    may: ["../record.ts", "../past.ts"],
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
      "../app/app.ts",
      "node:fs",
      "dockerode",
    ],
  },
  "src/runs/attempts/anything.ts": {
    may: ["../outcomes.ts", "../agenda/work.ts", "../../decide/step.ts"],
    mustNot: ["../loop.ts", "../pass.ts", "../launch/launches.ts", "../agenda/agenda.ts", "../pools/pools.ts"],
  },
  "src/runs/agenda/anything.ts": {
    may: ["./wakes.ts", "../../clock.ts", "../../engines/engine.ts", "../../ledger/record.ts"],
    mustNot: ["../book.ts", "../loop.ts", "../work.ts", "../pools/pools.ts", "../../ledger/ledger.ts"],
  },
  "src/runs/pools/anything.ts": {
    may: ["./pool-line.ts", "../book.ts", "../../decide/slots.ts", "../../ledger/changes/slots.ts"],
    mustNot: ["../agenda/wakes.ts", "../loop.ts", "../launch/launch.ts", "../outcomes.ts", "../../engines/engine.ts"],
  },
  "src/runs/launch/anything.ts": {
    may: ["../outcomes.ts", "../agenda/troubles.ts", "../../ledger/changes/attempts.ts"],
    mustNot: ["../attempts/attempts.ts", "../output/run-logs.ts", "../loop.ts", "../pass.ts", "../agenda/work.ts"],
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
  "src/engines/request/anything.ts": {
    may: ["../engine.ts", "../../send-request.ts", "../docker/output/log-lines.ts", "node:fs/promises"],
    mustNot: ["../swarm/service-carrier.ts", "../exec/exec-carrier.ts", "dockerode", "../../notify/post.ts"],
  },
  "src/view/anything.ts": {
    may: ["./find.ts", "../job/job.ts", "../ledger/record.ts"],
    mustNot: [
      "../schedule/timetable.ts",
      "./jobs/standing.ts",
      "../clock.ts",
      "node:fs",
      "../runs/loop.ts",
      "../ledger/ledger.ts",
      "../operate/run.ts",
      "../cli/command.ts",
      "pino",
    ],
  },
  "src/view/runs/anything.ts": {
    may: ["./run-view.ts", "../remembering.ts", "../../ledger/past.ts"],
    mustNot: ["../jobs/standing.ts", "../scheduler/problems.ts", "../../clock.ts", "../../ledger/ledger.ts", "zod"],
  },
  "src/view/scheduler/anything.ts": {
    may: ["./scheduler-view.ts", "../runs/run-view.ts", "../words/counted.ts", "zod"],
    mustNot: ["../jobs/standing.ts", "../times/upcoming.ts", "../../clock.ts", "../../runs/loop.ts"],
  },
  "src/view/jobs/anything.ts": {
    may: ["./standing.ts", "../scheduler/problems.ts", "../runs/past-runs.ts", "../../schedule/timetable.ts"],
    mustNot: ["../times/upcoming.ts", "../../schedule/crontab/pattern.ts", "../../clock.ts", "zod"],
  },
  "src/view/times/anything.ts": {
    may: ["./upcoming.ts", "../jobs/standing.ts", "../runs/run-view.ts", "../../schedule/clock-notes.ts"],
    mustNot: ["../../schedule/crontab/pattern.ts", "../../clock.ts", "../../ledger/ledger.ts", "zod"],
  },
  "src/view/words/anything.ts": {
    may: ["./time.ts", "../due.ts", "../../ledger/record.ts", "../../schedule/clock/zone.ts"],
    mustNot: ["../explain/explain.ts", "../../clock.ts", "../../cli/terminal/table.ts", "zod"],
  },
  "src/view/shapes/anything.ts": {
    may: ["./run-shape.ts", "../job-view.ts", "../explain/sentence.ts", "../../ledger/record.ts", "zod"],
    mustNot: ["../../clock.ts", "../../http/route.ts", "../../ledger/ledger.ts", "zod-openapi", "node:fs"],
  },
  "src/view/explain/anything.ts": {
    may: ["./sentence.ts", "../standing.ts", "../words/time.ts", "../../decide/cursor-ahead.ts"],
    mustNot: ["../../clock.ts", "../../ledger/ledger.ts", "../../cli/terminal/table.ts", "zod"],
  },
  "src/doctor/anything.ts": {
    may: ["./facts/engine.ts", "./looks/engine.ts", "../clock.ts", "../engines/kinds.ts", "../sources/catalog.ts"],
    mustNot: ["../app/app.ts", "../cli/command.ts", "../operate/run.ts", "../runs/loop.ts", "dockerode", "node:timers"],
  },
  "src/doctor/facts/anything.ts": {
    may: ["../deployment.ts", "../looks/engine.ts", "../../engines/docker/connect.ts", "node:fs/promises"],
    mustNot: ["../../operate/run.ts", "../../ledger/sqlite/sqlite-ledger.ts", "../../ledger/changes/marks.ts", "yaml"],
  },
  "src/doctor/looks/anything.ts": {
    may: ["../finding.ts", "../../job/problem.ts", "../../view/words/counted.ts"],
    mustNot: ["./engine.ts", "../facts/engine.ts", "../../clock.ts", "../../engines/engine.ts", "node:fs"],
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
  "src/notify/anything.ts": {
    may: [
      "./channel.ts",
      "../job/notify.ts",
      "../view/notice/notice-event.ts",
      "../ledger/ledger.ts",
      "../clock.ts",
      "../send-request.ts",
      "zod",
      "mustache",
      "node:crypto",
    ],
    mustNot: [
      "../runs/loop.ts",
      "../engines/engine.ts",
      "../definition/read-job.ts",
      "../app/app.ts",
      "node:timers",
      "pino",
    ],
  },
  "src/notify/channels/anything.ts": {
    may: ["../channel.ts", "../../view/notice/notice-event.ts", "zod", "mustache", "node:crypto"],
    mustNot: ["../../ledger/record.ts", "../../clock.ts", "node:https", "nodemailer", "../../app/app.ts"],
  },
  "src/observe/log/anything.ts": {
    may: ["pino", "../run-events.ts", "../../view/words/verdict.ts", "../../job/job.ts"],
    mustNot: ["prom-client", "../../runs/loop.ts", "../../ledger/ledger.ts", "../../clock.ts"],
  },
  "src/observe/metrics/anything.ts": {
    may: ["prom-client", "../run-events.ts", "../../ledger/record.ts", "../../view/scheduler/scheduler-view.ts"],
    mustNot: ["pino", "../../settings/settings.ts", "../../engines/docker/connect.ts", "../../clock.ts"],
  },
  "src/observe/traces/anything.ts": {
    may: ["@opentelemetry/otlp-transformer", "../run-events.ts", "../../ledger/past.ts", "../../job/trace.ts"],
    mustNot: [
      "@opentelemetry/api",
      "../../notify/post.ts",
      "../../settings/settings.ts",
      "../../runs/loop.ts",
      "node:http",
    ],
  },
  "src/http/anything.ts": {
    may: [
      "node:http",
      "zod",
      "../clock.ts",
      "../view/scheduler/scheduler-view.ts",
      "../view/explain/explain.ts",
      "../operate/run.ts",
      "../job/job.ts",
      "../ledger/ledger.ts",
      "../ledger/record.ts",
      "../engines/engine.ts",
    ],
    mustNot: [
      "prom-client",
      "../observe/metrics/metrics.ts",
      "../runs/loop.ts",
      "../ledger/sqlite/sqlite-ledger.ts",
      "../ledger/changes/operators.ts",
      "../decide/due.ts",
      "../engines/docker/connect.ts",
    ],
  },
  "src/http/api/anything.ts": {
    may: ["../fault.ts", "./routes.ts", "../../view/jobs/job-view.ts", "../../operate/run.ts", "../../clock.ts", "zod"],
    mustNot: ["../../app/app.ts", "../../runs/loop.ts", "../../ledger/changes/operators.ts", "prom-client"],
  },
  "src/http/streams/anything.ts": {
    may: ["./events.ts", "../answer.ts", "../../clock.ts", "../../view/record-version.ts"],
    mustNot: ["../../runs/loop.ts", "../../ledger/changes/operators.ts", "node:timers", "prom-client"],
  },
  "src/http/sharing/anything.ts": {
    may: ["./give-way.ts", "../../clock.ts", "../../view/jobs/job-row.ts", "../../engines/engine.ts"],
    mustNot: ["../api/jobs.ts", "../../runs/loop.ts", "../../engines/docker/connect.ts", "node:timers"],
  },
  "src/http/access/anything.ts": {
    may: ["../fault.ts", "../../clock.ts", "../../definition/values/glob.ts", "node:crypto", "zod", "yaml"],
    mustNot: ["../../definition/read-job.ts", "../../ledger/ledger.ts", "../../operate/run.ts", "node:timers"],
  },
  "src/cli/anything.ts": {
    may: ["yargs", "./commands/ls.ts", "./terminal/terminal.ts", "../version.ts", "../observe/cause.ts"],
    mustNot: ["../app/app.ts", "../operate/run.ts", "../engines/open.ts", "../clock.ts", "zod"],
  },
  "src/cli/commands/anything.ts": {
    may: [
      "yargs",
      "../command.ts",
      "../instance/instance.ts",
      "../files/standard-input.ts",
      "../terminal/terminal.ts",
      "../../app/app.ts",
      "../../engines/open.ts",
      "../../http/access/tokens.ts",
      "../../operate/run.ts",
      "../../sources/schedule-files.ts",
      "../../observe/cause.ts",
    ],
    mustNot: [
      "../../schedule/crontab/pattern.ts",
      "../../settings/table.ts",
      "../../sources/catalog.ts",
      "../../observe/log/log.ts",
      "../../http/server.ts",
      "../../runs/loop.ts",
      "../../ledger/sqlite/sqlite-ledger.ts",
      "../../ledger/changes/operators.ts",
      "../../view/explain/runs.ts",
      "../../app/state.ts",
      "dockerode",
      "croner",
      "pino",
      "zod",
    ],
  },
  "src/cli/instance/anything.ts": {
    may: ["./request.ts", "../command.ts", "../../engines/open.ts", "../../view/find.ts"],
    mustNot: ["../commands/ls.ts", "../../app/app.ts", "../../operate/run.ts", "../../http/server.ts", "dockerode"],
  },
  "src/cli/files/anything.ts": {
    may: ["./standard-input.ts", "../../sources/disk.ts", "../../notify/read-channels.ts"],
    mustNot: ["../commands/ls.ts", "../instance/instance.ts", "../../engines/open.ts", "../../clock.ts", "yaml"],
  },
  "src/cli/terminal/anything.ts": {
    may: ["./table.ts", "../command.ts", "../../view/jobs/job-view.ts"],
    mustNot: ["../commands/ls.ts", "../../observe/log/log.ts", "../../operate/run.ts", "zod"],
  },
  "src/operate/output/anything.ts": {
    may: ["./follow-output.ts", "../patient-reader.ts", "../../engines/output.ts"],
    mustNot: ["../run.ts", "../../cli/terminal/terminal.ts", "../../engines/docker/connect.ts", "yargs"],
  },
};

/** What is not seen by the name of the file that is imported. */
const others: readonly ImportRule[] = [
  // However it is imported.
  mustNot("src/job/anything.ts", 'export type { Clock } from "../clock.ts";'),
  mustNot("src/job/anything.ts", 'export const loaded = await import("../app/app.ts");'),
  mustNot("src/job/anything.ts", 'import "./deeper/file.ts";'),
  // The clock is given.
  mustNot("src/operate/anything.ts", 'export { systemClock } from "../clock.ts";'),
  mustNot("src/runs/anything.ts", 'export { systemClock } from "../clock.ts";'),
  mustNot("src/runs/agenda/anything.ts", 'export { systemClock } from "../../clock.ts";'),
  mustNot("src/runs/pools/anything.ts", 'export { systemClock } from "../../clock.ts";'),
  may("src/cli/commands/anything.ts", 'export { systemClock } from "../../clock.ts";'),
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
