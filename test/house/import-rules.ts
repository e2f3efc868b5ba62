/** A line of code, and whether a file of this path may have it. */
export interface ImportRule {
  readonly file: string;
  readonly code: string;
  readonly verdict: "may" | "must not";
}

/** By file, what it may import and what it must not; `docs/architecture.md` says why. */
const imports: Readonly<Record<string, { readonly may: readonly string[]; readonly mustNot: readonly string[] }>> = {
  "src/main.ts": {
    may: ["./cli/run-cli.ts", "./cli/health-command.ts", "./cli/end-process.ts"],
    mustNot: ["./app.ts", "./settings.ts", "./runs/loop.ts"],
  },
  "src/app.ts": {
    may: ["./app-state.ts", "./clock.ts", "./docker/connect.ts", "./report/log.ts", "./http/pages.ts", "node:fs"],
    mustNot: ["./cli/command.ts", "./main.ts", "pino", "dockerode", "prom-client", "node:timers/promises"],
  },
  "src/settings.ts": { may: ["./settings/table.ts"], mustNot: ["node:fs", "./app.ts", "./cli/command.ts", "yargs"] },
  "src/clock.ts": { may: [], mustNot: ["./jobs/job.ts", "node:timers"] },
  "src/settings/anything.ts": {
    may: ["../schedule/timezone-name.ts", "../jobs/problem.ts"],
    mustNot: ["../schedule/timetable.ts", "node:fs", "../clock.ts"],
  },
  "src/cli/anything.ts": {
    may: [
      "yargs",
      "../app.ts",
      "../app-engine.ts",
      "../ledger/sqlite-ledger.ts",
      "../sources/schedule-files.ts",
      "../report/cause.ts",
    ],
    mustNot: ["../report/log.ts", "../http/server.ts", "../runs/loop.ts", "dockerode", "croner", "pino", "zod"],
  },
  "src/sources/anything.ts": {
    may: ["./source.ts", "../clock.ts", "../jobs/job.ts", "node:fs/promises", "node:path"],
    mustNot: [
      "../docker/connect.ts",
      "../runs/engine.ts",
      "../report/log.ts",
      "../http/server.ts",
      "../app.ts",
      "yaml",
    ],
  },
  "src/jobs/anything.ts": {
    may: ["./job.ts", "zod", "yaml", "node:crypto"],
    mustNot: ["../schedule/due.ts", "../ledger/page.ts", "../clock.ts", "../settings.ts", "node:fs", "croner"],
  },
  "src/schedule/anything.ts": {
    may: ["./timetable.ts", "../jobs/job.ts", "../ledger/page.ts", "../ledger/mark-changes.ts"],
    mustNot: [
      "croner",
      "cronstrue",
      "../ledger/ledger.ts",
      "../ledger/page-changes.ts",
      "../clock.ts",
      "../runs/step.ts",
      "node:fs",
    ],
  },
  "src/schedule/schedule-in-words.ts": { may: ["cronstrue", "./pattern.ts"], mustNot: ["croner", "../clock.ts"] },
  "src/schedule/days.ts": { may: ["croner"], mustNot: ["../clock.ts", "node:fs", "../runs/loop.ts"] },
  "src/view/anything.ts": {
    may: ["./standing.ts", "../jobs/job.ts", "../ledger/page.ts", "../schedule/timetable.ts", "zod"],
    mustNot: ["../clock.ts", "node:fs", "../runs/loop.ts", "../ledger/ledger.ts", "../cli/command.ts", "pino"],
  },
  "src/ledger/anything.ts": {
    may: ["./page.ts", "../jobs/job.ts", "../clock.ts", "node:sqlite"],
    mustNot: ["../schedule/due.ts", "../runs/engine.ts", "../docker/connect.ts", "../report/log.ts", "zod", "pino"],
  },
  "src/ledger/page.ts": {
    may: ["./outcome.ts", "../jobs/job.ts"],
    mustNot: ["../clock.ts", "node:fs", "./sqlite-ledger.ts", "zod"],
  },
  "src/ledger/some-changes.ts": { may: ["./page.ts"], mustNot: ["../clock.ts", "node:crypto", "./page-json.ts"] },
  "src/ledger/page-json.ts": { may: ["zod", "./page.ts"], mustNot: ["yaml", "node:fs", "../clock.ts"] },
  "src/runs/anything.ts": {
    may: ["./engine.ts", "../schedule/due.ts", "../ledger/ledger.ts", "../ledger/page-changes.ts", "../clock.ts"],
    mustNot: [
      "../docker/connect.ts",
      "../report/log.ts",
      "../http/server.ts",
      "../sources/source.ts",
      "../cli/command.ts",
      "../ledger/sqlite-ledger.ts",
      "../app.ts",
      "node:fs",
      "dockerode",
    ],
  },
  "src/runs/step.ts": {
    may: ["./engine.ts", "../ledger/page.ts", "../jobs/job.ts"],
    mustNot: ["../clock.ts", "./book.ts", "../ledger/ledger.ts", "node:crypto"],
  },
  "src/docker/anything.ts": {
    may: ["dockerode", "docker-modem", "../runs/engine.ts", "../ledger/ledger.ts", "../jobs/job.ts", "node:http"],
    mustNot: ["../runs/loop.ts", "../sources/source.ts", "../report/log.ts", "../schedule/due.ts", "../http/server.ts"],
  },
  "src/docker/container-spec.ts": {
    may: ["./container-types.ts", "./run-labels.ts", "../jobs/job.ts"],
    mustNot: ["./connect.ts", "dockerode", "../clock.ts", "node:fs"],
  },
  "src/report/anything.ts": {
    may: ["pino", "prom-client", "../runs/run-events.ts", "../ledger/page.ts", "../jobs/job.ts"],
    mustNot: ["../runs/loop.ts", "../ledger/ledger.ts", "../docker/connect.ts", "../settings.ts", "../clock.ts"],
  },
  "src/http/anything.ts": {
    may: ["node:http", "../clock.ts", "../ledger/page.ts", "../runs/run-events.ts", "../jobs/job.ts"],
    mustNot: ["prom-client", "../report/metrics.ts", "../runs/loop.ts", "../ledger/ledger.ts", "../docker/connect.ts"],
  },
};

/** What is not seen by the name of the file that is imported. */
const others: readonly ImportRule[] = [
  // However it is imported.
  mustNot("src/jobs/anything.ts", 'export type { Clock } from "../clock.ts";'),
  mustNot("src/jobs/anything.ts", 'export const loaded = await import("../app.ts");'),
  mustNot("src/runs/anything.ts", 'import "./deeper/file.ts";'),
  // The clock is given.
  mustNot("src/runs/anything.ts", 'export { systemClock } from "../clock.ts";'),
  may("src/cli/anything.ts", 'export { systemClock } from "../clock.ts";'),
  may("src/runs/anything.ts", 'export type { Clock } from "../clock.ts";'),
  mustNot("src/runs/anything.ts", "export const now = new Date();"),
  mustNot("src/runs/anything.ts", "export const nowMs = Date.now();"),
  mustNot("src/docker/anything.ts", "setTimeout(() => {}, 1000);"),
  mustNot("src/docker/anything.ts", "setInterval(() => {}, 1000);"),
  mustNot("src/report/anything.ts", "export const elapsed = performance.now();"),
  mustNot("src/report/anything.ts", 'export { setTimeout as pause } from "node:timers/promises";'),
  may("src/report/anything.ts", 'export { setImmediate as turn } from "node:timers/promises";'),
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
