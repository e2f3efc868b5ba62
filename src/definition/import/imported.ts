import type { Severity } from "../../job/problem.ts";

/** A text of another scheduler, and where it came from. */
export interface SourceText {
  /** As people know it: `/etc/crontab`, or `<stdin>` for standard input. */
  readonly path: string;
  readonly text: string;
  /** Where a line stands, if the text was made of something that has no lines: `service shop_backup, label swarm.cronjob.enable`. */
  readonly placeOf?: (line: number) => string | undefined;
}

/** Where something stands in a source text: line and column, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** Where it is in another text than the one that is read: a unit of systemd has several. */
  readonly path?: string;
}

/** Why something is not the same here. `docs/moving/README.md` explains each. */
export const FINDING_CODES = [
  "import-account",
  "import-condition",
  "import-container",
  "import-cut",
  "import-day-and",
  "import-day-or",
  "import-dst",
  "import-env",
  "import-env-order",
  "import-flavour",
  "import-history",
  "import-image",
  "import-interval",
  "import-jitter",
  "import-key",
  "import-kind",
  "import-lifecycle",
  "import-line",
  "import-line-end",
  "import-local",
  "import-lock",
  "import-log",
  "import-mail",
  "import-missed",
  "import-name",
  "import-nodes",
  "import-notify",
  "import-output",
  "import-overlap",
  "import-project",
  "import-reboot",
  "import-replicas",
  "import-resources",
  "import-retries",
  "import-run-parts",
  "import-schedule",
  "import-seconds",
  "import-secret",
  "import-stdin",
  "import-step",
  "import-template",
  "import-timeout",
  "import-unit",
  "import-unknown",
  "import-user",
  "import-variables",
  "import-volume",
  "import-week",
  "import-zone",
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

/** Something that people must know about what was imported. */
export interface Finding {
  readonly code: FindingCode;
  readonly place: Place;
  readonly message: string;
  readonly hint?: string;
  /** A warning: it was imported, with this difference. Without a severity it was not imported. */
  readonly severity?: Severity;
  /** The key of the job that it is about. */
  readonly key?: string;
}

/** Lines of the source, word for word, without their line ends. */
export interface Quote {
  readonly line: number;
  readonly text: string;
  /** Of another text than the one that is read. */
  readonly path?: string;
}

/** A value of a schedule file; null stands for a key without one. Texts stand there as they are, so a dollar sign is doubled where it begins no variable. */
export type FileValue = string | null | readonly FileValue[] | { readonly [key: string]: FileValue };

/** What the source declares: a job of ours, what cannot be one, or lines around jobs. */
export type Entry = ImportedJob | NotImported | Remark;

export interface ImportedJob {
  readonly kind: "job";
  /** As the source calls it, or a name made of its command; the writer makes it fit. */
  readonly name: string;
  /** Whether the source itself gave the name: then a change to it is a finding. */
  readonly isNamed?: true;
  readonly place: Place;
  readonly quotes: readonly Quote[];
  /** The keys of the job, in the order in which they are written. */
  readonly keys: Readonly<Record<string, FileValue>>;
  readonly findings: readonly Finding[];
  /** By what another job of the same text says that it starts after this one. */
  readonly ref?: string;
  /** It starts after that job, whose name here is not known yet: the writer adds the key `after`. */
  readonly after?: { readonly ref: string; readonly on: "succeeded" | "failed" };
}

/** One of its findings, at least, is not a warning. */
export interface NotImported {
  readonly kind: "not-imported";
  /** The source's scheduler does not see it: it is no job there. */
  readonly isUnseen?: true;
  readonly place: Place;
  readonly quotes: readonly Quote[];
  readonly findings: readonly Finding[];
}

/** Comments, and lines that hold for several jobs. */
export interface Remark {
  readonly kind: "remark";
  readonly quotes: readonly Quote[];
}

/** What was read of one source text. */
export interface Imported {
  readonly entries: readonly Entry[];
  /** What concerns the whole text. */
  readonly findings: readonly Finding[];
  /** Sentences for the head of the file: what the source does by default. */
  readonly notes: readonly string[];
  /** What the top of the schedule file declares, such as `networks`. */
  readonly top?: Readonly<Record<string, FileValue>>;
}

/** What the operator says about the source. */
export interface ImportSettings {
  /** The zone in which the source's scheduler reads its schedules. */
  readonly zone: { readonly name: string; readonly isGiven: boolean };
  /** The image in which commands without one run. */
  readonly image?: string;
  /** The kind of crontab: with a field for the user, or without; where absent, its path decides. */
  readonly layout?: "system" | "user";
  /** The dialect, where the kind has several. */
  readonly flavour?: string;
  /** The Compose project or stack that a Compose file is deployed as. */
  readonly project?: string;
  /** All texts of the same call, in the order in which they were given: one may say what another needs. */
  readonly texts?: readonly SourceText[];
  /** Returns what is wrong with a schedule; undefined if the scheduler can follow it. */
  readonly checkSchedule: (pattern: string, timezone: string, jitterMs?: number) => string | undefined;
}

/** Returns a text as a schedule file must have it to mean the same: no variable is filled in. */
export function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** The value that stands where a person must decide; `check` refuses it. */
export const TO_DO = "TODO";
