import type { Job, Retries } from "../../../job/job.ts";
import { type Problem, visible } from "../../../job/problem.ts";
import { changes } from "../../import/clock-changes.ts";
import type { FileValue } from "../../import/imported.ts";
import { formatDuration } from "../../values/duration.ts";
import { refuseExclusions } from "../exclusions.ts";
import { type ExportResult, type ExportSettings, findingsOf, type Reason } from "../exported.ts";
import { exportFile, type FileMap, type SourceFile, type SourceJob } from "../source-file.ts";
import { calendarEvents } from "./calendar-events.ts";
import { dockerExec, dockerRun } from "./docker-words.ts";
import { unitWord } from "./unit-word.ts";

/**
 * Writes the jobs of a schedule file as timers and services of systemd that call docker. Before each file stands a comment
 * with its name, as `systemctl cat` has it. A job that would not mean the same stands in the text as a comment.
 */
export function exportSystemd(text: string, settings: ExportSettings): ExportResult {
  return exportFile(text, settings, (file) => exportJobs(file, settings.path));
}

function exportJobs({ jobs, problems }: SourceFile, path: string): ExportResult {
  const all = jobs.map(exportJob);
  const exported = all.filter(({ files }) => files.length > 0);
  const head = [
    `# Made by shipbell export systemd from ${visible(path)}: ${exported.length} of ${jobs.length} jobs. Runs have no SHIPBELL_ variables there.`,
    ...(exported.some(({ text }) => text.includes("DeferReactivation="))
      ? [
          "# DeferReactivation= is overlap: forbid. Before version 257 systemd has no such key, and starts a unit that came due meanwhile once it has ended.",
        ]
      : []),
  ];
  return {
    text: `${[head.join("\n"), ...all.map((each) => each.text)].join("\n\n")}\n`,
    jobs: exported.length,
    findings: [...problems, ...all.flatMap(({ findings }) => findings)],
  };
}

interface Exported {
  readonly text: string;
  readonly files: readonly string[];
  readonly findings: readonly Problem[];
}

function exportJob({ job, keys, at }: SourceJob): Exported {
  const passed = passedOn(job, keys);
  const run = runOf(job, (name) => passed.has(name));
  const due = whenOf(job);
  const lost = [...run.lost, ...lostIn(keys, { job, passed })];
  const wrong = [...due.wrong, ...run.wrong, ...cannotBe(job)];
  if (wrong.length > 0)
    return {
      text: wrong.map(({ key, wrong: why }) => `# NOT EXPORTED: ${job.name}: ${key}: ${visible(why)}`).join("\n"),
      files: [],
      findings: findingsOf(wrong, { at, code: "export-refused" }),
    };
  const timer = due.events.length === 0 ? [] : [timerOf(job, due.events)];
  const comments = lost.map(({ key, wrong: why }) => `# export-lost: ${key}: ${visible(why)}`);
  const files = [...timer, serviceOf(job, { run, passed, comments })];
  return { text: files.join("\n\n"), files, findings: findingsOf(lost, { at, code: "export-lost" }) };
}

function whenOf({ schedules, after }: Job): { readonly events: readonly string[]; readonly wrong: readonly Reason[] } {
  const events: string[] = [];
  const wrong: Reason[] =
    after === undefined
      ? []
      : [
          {
            key: "after",
            wrong: `no timer starts it after ${after.job}; write OnSuccess= or OnFailure= into that service`,
          },
        ];
  for (const { pattern, timezone } of schedules) {
    const read = calendarEvents(pattern, timezone);
    if ("events" in read) events.push(...read.events);
    else wrong.push({ key: "schedule", ...read });
  }
  return { events: [...new Set(events)], wrong };
}

function timerOf({ name, policies, suspended }: Job, events: readonly string[]): string {
  return [
    `# ${name}.timer`,
    "[Timer]",
    ...events.map((event) => `OnCalendar=${event}`),
    "AccuracySec=1s",
    ...(policies.catchUp === "last" ? ["Persistent=true"] : []),
    ...(policies.overlap === "forbid" ? ["DeferReactivation=true"] : []),
    // Without this section, systemctl enable starts nothing.
    ...(suspended ? [] : ["", "[Install]", "WantedBy=timers.target"]),
  ].join("\n");
}

interface RunLines {
  readonly lines: readonly string[];
  readonly wrong: readonly Reason[];
  readonly lost: readonly Reason[];
}

function runOf({ name, template }: Job, isPassedOn: (variable: string) => boolean): RunLines {
  if (template.kind === "clone")
    return { lines: [], lost: [], wrong: [{ key: "launch", wrong: "a copy of an object is no unit" }] };
  if (template.kind === "http")
    return { lines: [], lost: [], wrong: [{ key: "launch", wrong: "http is no unit; let curl send the request" }] };
  if (template.kind === "exec") {
    const { verb, options, rest, wrong, lost } = dockerExec(template, isPassedOn);
    return { lines: commandLines([[DOCKER, ...verb], ...options, rest]), wrong, lost };
  }
  const { options, rest, wrong, lost } = dockerRun(template, isPassedOn);
  const remove = `-${DOCKER} rm --force ${name}`;
  const [start = "", ...more] = commandLines([[DOCKER, "run", "--rm", "--name", name], ...options, rest]);
  return { lines: [`ExecStartPre=${remove}`, start, ...more, `ExecStopPost=${remove}`], wrong, lost };
}

const DOCKER = "/usr/bin/docker";

/** One line for each option. */
function commandLines(parts: readonly (readonly string[])[]): readonly string[] {
  const lines = parts.map((words) => words.map(unitWord).join(" "));
  return lines.map((line, index) => {
    const begin = index === 0 ? "ExecStart=" : "  ";
    return `${begin}${line}${index < lines.length - 1 ? " \\" : ""}`;
  });
}

interface ServiceParts {
  readonly run: RunLines;
  readonly passed: ReadonlySet<string>;
  readonly comments: readonly string[];
}

function serviceOf({ name, template, policies }: Job, { run, passed, comments }: ServiceParts): string {
  const { timeoutMs, stopGracePeriodMs, successExitCodes, retries } = policies.run;
  const restart = retries === undefined ? undefined : restartOf(retries, timeoutMs);
  const codes = successExitCodes.filter((code) => code !== 0);
  return [
    `# ${name}.service`,
    ...comments,
    "[Unit]",
    "Requires=docker.service",
    "After=docker.service network-online.target",
    ...(restart?.unit ?? []),
    "",
    "[Service]",
    "Type=oneshot",
    ...(passed.size > 0 ? [`EnvironmentFile=${environmentFile(name)}`] : []),
    ...run.lines,
    ...(timeoutMs === undefined ? [] : [`TimeoutStartSec=${spanOf(timeoutMs)}`]),
    ...(timeoutMs !== undefined || template.kind !== "exec" ? [`TimeoutStopSec=${spanOf(stopGracePeriodMs)}`] : []),
    ...(codes.length > 0 ? [`SuccessExitStatus=${codes.join(" ")}`] : []),
    ...(restart?.service ?? []),
  ].join("\n");
}

function environmentFile(name: string): string {
  return `/etc/default/${name}`;
}

/** As systemd reads spans of time. */
function spanOf(durationMs: number): string {
  return durationMs === 0 ? "0" : formatDuration(durationMs).replaceAll(/m(?!s)/g, "min");
}

/** The variables of a job whose values are not in the file as such, and so may be secrets: their names are passed on. */
function passedOn({ template }: Job, { environment }: FileMap): ReadonlySet<string> {
  if (template.kind === "clone" || template.kind === "http") return new Set();
  const entries: readonly (readonly [string, FileValue])[] = Array.isArray(environment)
    ? environment.map(String).map((text): readonly [string, FileValue] => {
        const at = text.indexOf("=");
        return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
      })
    : Object.entries((environment ?? {}) as FileMap);
  const written = new Set(entries.filter(([, value]) => value !== null && !isFilledIn(value)).map(([name]) => name));
  return new Set(Object.keys(template.environment).filter((name) => !written.has(name)));
}

function isFilledIn(value: FileValue | undefined): boolean {
  return JSON.stringify(value ?? "")
    .replaceAll("$$", "")
    .includes("$");
}

/** systemd limits starts within a time: that of all attempts, with a minute for each that has no timeout. */
function restartOf({ limit, delayMs }: Retries, timeoutMs = 60_000) {
  const interval = (limit + 1) * (delayMs + timeoutMs);
  return {
    unit: [`StartLimitIntervalSec=${spanOf(interval)}`, `StartLimitBurst=${limit + 1}`],
    service: ["Restart=on-failure", `RestartSec=${spanOf(delayMs)}`],
  };
}

/** What systemd does not have, and without which the job would be another. */
function cannotBe(job: Job): readonly Reason[] {
  const { policies, inputs } = job;
  const { overlap, catchUp } = policies;
  const { successExitCodes, retries } = policies.run;
  return [
    ...refuseExclusions(job, "systemd"),
    ...(overlap === "allow" || overlap === "replace"
      ? [
          {
            key: "overlap",
            wrong: `overlap: ${overlap} is not possible: systemd starts nothing while a unit is active`,
          },
        ]
      : []),
    ...(catchUp === "all"
      ? [{ key: "catch_up", wrong: "catch_up: all is not possible: systemd makes up for one missed time, or for none" }]
      : []),
    ...(successExitCodes.includes(0) ? [] : [{ key: "success_exit_codes", wrong: "for systemd, 0 is always success" }]),
    ...(retries === undefined || retries.on.includes("failed")
      ? []
      : [
          {
            key: "retries",
            wrong: "systemd starts a run again after any failure, and not after some",
            hint: "on: [failed]",
          },
        ]),
    ...(inputs === undefined ? [] : [{ key: "inputs", wrong: "a unit takes no variables when it is started" }]),
  ];
}

const LOST: Readonly<Record<string, string>> = {
  pending_timeout: "docker waits for a start without a limit",
  starting_deadline: "systemd starts a job however late it is",
  jitter: "it starts at the time itself",
  catch_up_limit: "systemd makes up for one missed time, or for none",
  history: "the journal has what runs print, and containers are removed",
  node_grace: "there is one engine",
  pool: "jobs do not wait for each other there",
  expected_duration: "no notice tells that a run takes long",
  alert_without_success: "there is no such alert",
  notify: "no notice tells how runs end; OnFailure= starts a unit",
  healthchecks: "no check is pinged",
  nodes: "there is one engine, and no other node",
};

interface LostParts {
  readonly job: Job;
  readonly passed: ReadonlySet<string>;
}

function lostIn(keys: FileMap, { job, passed }: LostParts): readonly Reason[] {
  const { policies, schedules, suspended, name } = job;
  const { retries } = policies.run;
  const { environment: _, ...others } = keys;
  return [
    ...Object.entries(LOST)
      .filter(([key]) => keys[key] != null)
      .map(([key, wrong]) => ({ key, wrong })),
    ...(isFilledIn(others)
      ? [{ key: firstFilledIn(others), wrong: "its variables are written with the values that they have now" }]
      : []),
    ...(passed.size > 0
      ? [
          {
            key: keys.env_file == null ? "environment" : "env_file",
            wrong: `the values of ${[...passed].join(", ")} are not in the unit: ${environmentFile(name)} must have them`,
          },
        ]
      : []),
    ...(schedules.some(({ timezone }) => changes(timezone))
      ? [
          {
            key: "schedule",
            wrong:
              "on nights on which clocks change, systemd leaves out times that do not exist, and those that come twice come once",
          },
        ]
      : []),
    ...(suspended ? [{ key: "suspended", wrong: "the timer has no [Install]: systemctl enable starts nothing" }] : []),
    ...(retries === undefined
      ? []
      : [
          {
            key: "retries",
            wrong: "systemd waits the same time before each further start, and counts the starts of a time",
          },
        ]),
    ...(policies.overlap === "queue" && policies.queueLimit > 1
      ? [{ key: "queue_limit", wrong: `one waits there, not ${policies.queueLimit}` }]
      : []),
  ];
}

function firstFilledIn(keys: FileMap): string {
  return Object.keys(keys).find((key) => isFilledIn(keys[key])) ?? "image";
}
