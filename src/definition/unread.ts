import type { Origin, SourceName } from "../job/job.ts";
import { fitJobName } from "./values/job-name.ts";

/** What is declared, or may be, and cannot be read; no good version of it is known. */
export interface Unread {
  readonly source: SourceName;
  /** As in `Origin.unit`. Absent: the source as a whole. */
  readonly unit?: string;
  /** Absent: it cannot be told which jobs the unit declares. */
  readonly job?: string;
  /** Of a file: what stands in it, where at least that can be read. */
  readonly text?: string;
}

/** A job that was declared once, and where it was last read; of what an older shipbell wrote that is not known. */
export interface KnownJob {
  readonly name: string;
  readonly origin?: Pick<Origin, "source" | "unit">;
}

/**
 * Whether this may declare the job, so that its absence elsewhere does not say that it is gone. A definition that
 * cannot be read must not be taken for removed; and one mistake must not keep the jobs of all others.
 */
export function mayDeclare({ source, unit, job, text }: Unread, { name, origin }: KnownJob): boolean {
  if (job !== undefined) return job === name;
  if (unit === undefined) return origin === undefined || origin.source === source;
  if (source !== "files") return isOfObject(name, unit);
  if (text !== undefined) return text.includes(name) || ESCAPE.test(text);
  return origin === undefined || (origin.source === source && origin.unit === unit);
}

/** By which YAML writes a letter as something else, between double quotes. */
const ESCAPE = /\\[xuU]/;

/** The jobs of labels are called as their object is, or `OBJECT.NAME`. */
function isOfObject(job: string, object: string): boolean {
  const own = fitJobName(object);
  return own !== undefined && (job === own || job.startsWith(`${own}.`));
}
