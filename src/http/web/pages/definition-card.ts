import type { Job, Template } from "../../../job/job.ts";
import type { JobRow } from "../../../view/jobs/job-row.ts";
import { counted } from "../../../view/words/counted.ts";
import { durationInWords } from "../../../view/words/duration.ts";
import { requestInWords, statusesInWords } from "../../../view/words/http.ts";
import { type Content, type Html, html } from "../html.ts";
import type { Page } from "../page.ts";

type Entry = readonly [name: string, value: Content];

/** What the job is, for who may read definitions. The values of its environment are never shown. */
export function definitionCard({ world }: Page, row: JobRow): Content {
  const job = world.definition(row.job);
  if (job === undefined) return undefined;
  const entries: readonly Entry[] = [
    ["declared at", html`<code>${job.origin.at}</code>`],
    ["written here", job.origin.translated && lines(job.origin.translated.native.split("\n"))],
    [
      "schedule",
      job.schedules.length > 0 &&
        job.schedules.map(
          ({ pattern, timezone, written }, index) =>
            html`${index > 0 && html`<br>`}${written !== undefined && html`<code>${written}</code> is `}<code>${pattern}</code> <span class="soft">${timezone}</span>`,
        ),
    ],
    ["after", job.after && `${job.after.job}, on ${job.after.on}`],
    ...templateEntries(job.template),
    ...policyEntries(job),
    ["inputs", Object.keys(job.inputs ?? {}).join(", ")],
    ["hash", html`<code>${job.hash.slice(0, 12)}</code>`],
  ];
  return html`<section class="card" id="definition"><h2>Definition</h2><dl class="in wide">${entries.map(([name, value]) => value !== "" && value !== undefined && value !== false && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>`;
}

function templateEntries(template: Template): readonly Entry[] {
  switch (template.kind) {
    case "compose": {
      const { limits, placement } = template;
      return [
        ["image", html`<code>${template.image}</code>`],
        ["entrypoint", code(template.entrypoint)],
        ["command", code(template.command)],
        ["environment", names(Object.keys(template.environment))],
        ["user", template.user],
        [
          "volumes",
          lines(
            template.volumes.map(
              ({ source, target, readOnly }) => `${source ?? "anonymous"}:${target}${readOnly ? ":ro" : ""}`,
            ),
          ),
        ],
        ["networks", template.networks.join(", ")],
        ["secrets", template.secrets.map(({ source }) => source).join(", ")],
        ["configs", template.configs.map(({ source }) => source).join(", ")],
        ["placement", lines(placement.constraints)],
        [
          "limits",
          [
            limits.cpus !== undefined && `${limits.cpus} CPUs`,
            limits.memoryBytes !== undefined && memory(limits.memoryBytes),
          ]
            .filter(Boolean)
            .join(", "),
        ],
      ];
    }
    case "clone":
      return [
        ["a copy of", `${template.of.kind} ${template.of.name}`],
        ["command", code(template.command)],
        ["environment", names(Object.keys(template.environment ?? {}))],
      ];
    case "exec":
      return [
        ["runs in", template.within.container ?? template.within.compose?.service],
        ["command", code(template.command)],
        ["environment", names(Object.keys(template.environment))],
        ["user", template.user],
      ];
    case "http":
      return [
        ["sends", html`<code>${requestInWords(template)}</code>`],
        ["headers", names(Object.keys(template.headers))],
        ["expects", statusesInWords(template)],
      ];
  }
}

function policyEntries({ policies }: Job): readonly Entry[] {
  const { overlap, queueLimit, catchUp, startingDeadlineMs, history, run } = policies;
  return [
    ["overlap", overlap === "queue" ? `queue, at most ${queueLimit} waiting` : overlap],
    ["catch up", catchUp],
    ["pool", run.pool],
    ["starting deadline", startingDeadlineMs === undefined ? undefined : durationInWords(startingDeadlineMs)],
    ["timeout", run.timeoutMs === undefined ? "none" : durationInWords(run.timeoutMs)],
    ["stop grace period", durationInWords(run.stopGracePeriodMs)],
    [
      "retries",
      run.retries === undefined
        ? "none"
        : `${run.retries.limit}, the first after ${durationInWords(run.retries.delayMs)}`,
    ],
    ["history", `${counted(history.succeeded, "run")} that succeeded, ${history.failed} that failed`],
  ];
}

/** A command as a shell would take it; an argument with other characters in quotes. */
function code(words: readonly string[] | undefined): Html | undefined {
  if (words === undefined || words.length === 0) return undefined;
  return html`<code>${words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ")}</code>`;
}

function names(of: readonly string[]): Content {
  return of.length === 0
    ? undefined
    : html`<code>${of.join(" ")}</code> <span class="soft">(values are not shown)</span>`;
}

function lines(of: readonly string[]): Content {
  return of.length === 0 ? undefined : of.map((line, index) => html`${index > 0 && html`<br>`}<code>${line}</code>`);
}

function memory(bytes: number): string {
  const megabytes = bytes / 1024 ** 2;
  return megabytes >= 1024 ? `${Math.round((megabytes / 1024) * 10) / 10} GB` : `${Math.round(megabytes)} MB`;
}
